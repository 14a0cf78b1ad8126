import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { FeedEntry } from "holdfast/history";
import type { ContractCase } from "../case.ts";
import { feedOf } from "./feed.ts";

/** What reading the entries of all executions promises. */
export const historyFeedContract: readonly ContractCase[] = [
  {
    name: "the entries of all executions are read page by page, each once, those of one execution by number",
    async run({ store }) {
      const executions = ["e", "f", "g"];
      for (const id of executions) await store.executions.create({ id });
      await Promise.all(
        Array.from({ length: 120 }, (_, i) =>
          store.history.append(executions[i % 3] ?? "e", [{ kind: "a", payload: i }, { kind: "b" }]),
        ),
      );
      await feedOf(store, 240, { limit: 1000 });
      const seen = await readAll(store, 50);
      assert.equal(seen.length, 240);
      assert.equal(new Set(seen.map((entry) => entry.position)).size, 240);
      for (const execution of executions) {
        const own = seen.filter((entry) => entry.executionId === execution);
        assert.deepEqual(
          own.map((entry) => entry.number),
          Array.from({ length: 80 }, (_, i) => i + 1),
        );
        const { items } = await store.history.read(execution, { limit: 80 });
        assert.deepEqual(
          own,
          items.map((entry, i) => ({ ...entry, cursor: own[i]?.cursor })),
        );
      }
    },
  },
  {
    name: "a cursor stays good at the end, and stands for the place after its entry",
    async run({ store }) {
      const empty = await store.history.readAll();
      assert.deepEqual(empty.items, []);
      await store.executions.create({ id: "e" });
      await store.history.append("e", [{ kind: "a" }, { kind: "b" }, { kind: "c" }]);
      const { items, next } = await feedOf(store, 3, { after: empty.next });
      assert.deepEqual(kindsOf(items), ["a", "b", "c"]);
      assert.equal(next, items.at(-1)?.cursor);
      assert.deepEqual(kindsOf((await store.history.readAll({ after: items[0]?.cursor })).items), ["b", "c"]);
      assert.deepEqual(await store.history.readAll({ after: next }), { items: [], next, cursors: [] });
      await store.history.append("e", [{ kind: "d" }]);
      assert.deepEqual(kindsOf((await feedOf(store, 1, { after: next })).items), ["d"]);
    },
  },
  {
    name: "a transaction reads its own entries by execution, and not yet among those of all",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.history.append("e", [{ kind: "a" }]);
      await feedOf(store, 1);
      await store.transaction(async (tx) => {
        await tx.history.append("e", [{ kind: "b" }]);
        assert.deepEqual(kindsOf((await tx.history.read("e")).items), ["a", "b"]);
        assert.deepEqual(kindsOf((await tx.history.readAll()).items), ["a"]);
      });
      assert.deepEqual(kindsOf((await feedOf(store, 2)).items), ["a", "b"]);
    },
  },
  {
    name: "what was rolled back is never read",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.transaction(async (tx) => {
        const undone = tx.transaction(async (inner) => {
          await inner.history.append("e", [{ kind: "undone" }]);
          throw new Error("undo");
        });
        await assert.rejects(undone, { message: "undo" });
        await tx.transaction((inner) => inner.history.append("e", [{ kind: "kept" }]));
      });
      const { items } = await feedOf(store, 1);
      assert.deepEqual(
        items.map(({ number, kind }) => [number, kind]),
        [[1, "kept"]],
      );
    },
  },
  {
    name: "a cursor that is none, and a wrong page, are refused with the name of the field",
    async run({ store }) {
      const refused = (field: string): object => ({ code: "invalid_input", facts: { field } });
      for (const after of ["", "7", "1-", "-1-1", "1-1-1", "1-x", `${2n ** 63n}-1`, `1-${2 ** 53}`]) {
        await assert.rejects(store.history.readAll({ after }), refused("after"));
      }
      assert.deepEqual((await store.history.readAll({ after: `${2n ** 63n - 1n}-${2 ** 53 - 1}` })).items, []);
      await assert.rejects(store.history.readAll({ after: null as never }), refused("after"));
      await assert.rejects(store.history.readAll(null as never), refused("request"));
      for (const limit of [0, 1001, 1.5]) await assert.rejects(store.history.readAll({ limit }), refused("limit"));
      await store.history.readAll({ limit: 1000 });
    },
  },
];

async function readAll(store: Store, limit: number): Promise<readonly FeedEntry[]> {
  const seen: FeedEntry[] = [];
  for (let after: string | undefined; ;) {
    const { items, next } = await store.history.readAll({ after, limit });
    if (items.length === 0) return seen;
    seen.push(...items);
    after = next;
  }
}

function kindsOf(entries: readonly { readonly kind: string }[]): readonly string[] {
  return entries.map((entry) => entry.kind);
}
