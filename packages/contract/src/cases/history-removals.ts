import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";
import { feedOf } from "./feed.ts";
import { kindsOf, withEntries } from "./history-forks.ts";

/** What becomes of shared entries when executions are removed. */
export const historyRemovalsContract: readonly ContractCase[] = [
  {
    name: "a source is removed, and its forks keep what they share with it",
    async run({ store }) {
      await withEntries(store, "e", "abcdef");
      for (const [id, at] of [
        ["f", 2],
        ["g", 4],
        ["h", 4],
        ["none", 0],
      ] as const) {
        await store.executions.fork("e", { id, at });
        await store.history.append(id, [{ kind: id.slice(0, 1).toUpperCase() }]);
      }
      const before = (await store.history.read("f")).items;
      assert.equal(await store.executions.remove("e"), true);
      assert.equal(await kindsOf(store, "f"), "abF");
      assert.equal(await kindsOf(store, "g"), "abcdG");
      assert.equal(await kindsOf(store, "h"), "abcdH");
      assert.equal(await kindsOf(store, "none"), "N");
      assert.deepEqual((await store.history.read("f")).items, before);
      assert.deepEqual(await store.history.append("g", [{ kind: "!" }]), [6]);
      // What nobody shares is gone, and the rest is there once.
      const { items } = await feedOf(store, 9);
      assert.deepEqual(items.map((entry) => entry.kind).toSorted(), Array.from("!FGHNabcd"));
    },
  },
  {
    name: "forks of forks keep theirs, whichever goes first",
    async run({ store }) {
      for (const order of [
        ["e", "f", "g"],
        ["f", "g", "e"],
        ["g", "f", "e"],
        ["f", "e", "g"],
      ]) {
        await withEntries(store, "e", "abcd");
        await store.executions.fork("e", { id: "f", at: 3 });
        await store.history.append("f", [{ kind: "F" }]);
        await store.executions.fork("f", { id: "g", at: 4 });
        await store.history.append("g", [{ kind: "G" }]);
        // Before what its source has of its own.
        await store.executions.fork("g", { id: "h", at: 2 });
        await store.executions.fork("f", { id: "i", at: 1 });
        await store.history.append("h", [{ kind: "H" }]);
        const whole = new Map(Object.entries({ e: "abcd", f: "abcF", g: "abcFG", h: "abH", i: "a" }));
        for (const id of order) {
          await store.executions.remove(id);
          whole.delete(id);
          for (const [left, kinds] of whole) assert.equal(await kindsOf(store, left), kinds, left);
        }
        await store.executions.remove("h");
        await store.executions.remove("i");
        assert.deepEqual((await store.history.readAll()).items, []);
      }
    },
  },
  {
    name: "a source and its forks are removed together",
    async run({ store }) {
      await store.executions.create({ id: "parent" });
      await withEntries(store, "e", "ab");
      await store.executions.fork("e", { id: "f", parentId: "parent" });
      await store.executions.fork("f", { id: "g", parentId: "parent" });
      await store.executions.fork("g", { id: "h" });
      await store.transaction(async (tx) => {
        await tx.executions.remove("e");
        await tx.executions.remove("parent");
      });
      assert.equal(await kindsOf(store, "h"), "ab");
      assert.equal(await store.executions.count(), 1);
    },
  },
  {
    name: "of many forks that go with their source, none is in the way of the others",
    async run({ store }) {
      await store.executions.create({ id: "parent" });
      for (let i = 0; i < 20; i++) {
        if (i === 0) await store.executions.create({ id: "e0", parentId: "parent" });
        else await store.executions.fork(`e${Math.trunc(i / 3)}`, { id: `e${i}`, parentId: "parent" });
        await store.history.append(`e${i}`, [{ kind: "k" }]);
      }
      await store.executions.fork("e19", { id: "stays" });
      await store.executions.remove("parent");
      assert.equal(await kindsOf(store, "stays"), "kkkk");
      assert.equal((await feedOf(store, 4)).items.length, 4);
    },
  },
  {
    name: "sources and forks that are removed at once lose nothing of those that stay",
    async run({ store }) {
      for (let round = 0; round < 5; round++) {
        await withEntries(store, "e0", "a");
        for (let i = 1; i <= 6; i++) {
          await store.executions.fork(`e${i - 1}`, { id: `e${i}` });
          await store.history.append(`e${i}`, [{ kind: String(i) }]);
        }
        const fork = store.executions.fork("e3", { id: "late" }).catch((error: unknown) => {
          assert.equal((error as { code: string }).code, "not_found");
          return null;
        });
        await Promise.all([0, 1, 2, 3, 4, 5].map((i) => store.executions.remove(`e${i}`)));
        assert.equal(await kindsOf(store, "e6"), "a123456");
        if ((await fork) !== null) assert.equal(await kindsOf(store, "late"), "a123");
        await store.executions.remove("late");
        await store.executions.remove("e6");
        assert.deepEqual((await store.history.readAll()).items, []);
      }
    },
  },
];
