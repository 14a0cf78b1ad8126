import assert from "node:assert/strict";
import type { KvSwap } from "holdfast/kv";
import type { ContractCase } from "../case.ts";
import { bytes } from "./kv-entries.ts";

const name = { prefix: "p", key: "k" };
const twenty = Array.from({ length: 20 }, (_, i) => i);

/** What `kv` promises to callers who meet at one entry. */
export const kvRaceCases: readonly ContractCase[] = [
  {
    name: "a compare-and-set that is lost writes nothing and says what is there",
    async run({ store: { kv } }) {
      const early = await kv.compareAndSet({ ...name, value: bytes("x"), expectedVersion: 5 });
      assert.deepEqual(early, { ok: false, current: null });
      const created = await kv.compareAndSet({ ...name, value: bytes("a"), expectedVersion: 0 });
      assert.ok(created.ok);
      const again = await kv.compareAndSet({ ...name, value: bytes("x"), expectedVersion: 0 });
      assert.deepEqual(again, { ok: false, current: { ...created.written, value: bytes("a") } });
      const expectedVersion = created.written.version;
      const next = await kv.compareAndSet({ ...name, value: null, expectedVersion });
      assert.ok(next.ok && next.written.version > expectedVersion);
      assert.deepEqual(next.written.createdAt, created.written.createdAt);
      const late = await kv.compareAndSet({ ...name, value: bytes("x"), expectedVersion });
      assert.deepEqual(late, { ok: false, current: { ...next.written, value: null } });
    },
  },
  {
    name: "of many who compare and set at once one wins, also where there is nothing yet",
    async run({ store }) {
      let expectedVersion = 0;
      for (const round of ["first", "second"]) {
        const swap = (i: number): Promise<KvSwap> =>
          store.kv.compareAndSet({ ...name, value: bytes(`${round}-${i}`), expectedVersion });
        const inTransaction = (i: number): Promise<KvSwap> =>
          store.transaction((tx) => tx.kv.compareAndSet({ ...name, value: bytes(`${round}-${i}`), expectedVersion }));
        const outcomes = await Promise.all(twenty.map((i) => (i % 2 === 0 ? swap(i) : inTransaction(i))));
        const won = outcomes.findIndex((outcome) => outcome.ok);
        assert.equal(outcomes.filter((outcome) => outcome.ok).length, 1);
        const entry = await store.kv.require("p", "k");
        assert.deepEqual(entry.value, bytes(`${round}-${won}`));
        for (const outcome of outcomes) assert.ok(outcome.ok || outcome.current?.version === entry.version);
        expectedVersion = entry.version;
      }
    },
  },
  {
    name: "an entry that was removed and set again is not taken for the one before",
    async run({ store: { kv } }) {
      const { version: expectedVersion } = await kv.set({ ...name, value: bytes("a") });
      await kv.remove("p", "k");
      await kv.set({ ...name, value: bytes("a") });
      const swap = await kv.compareAndSet({ ...name, value: bytes("b"), expectedVersion });
      assert.equal(swap.ok, false);
      await assert.rejects(kv.remove("p", "k", { expectedVersion }), { code: "conflict" });
    },
  },
  {
    name: "a write that expects another version changes nothing and tells both",
    async run({ store: { kv } }) {
      const facts = { reason: "version", entity: "entry", ...name, expected: 3, actual: 0 };
      await assert.rejects(kv.set({ ...name, value: null, expectedVersion: 3 }), { code: "conflict", facts });
      await assert.rejects(kv.remove("p", "k", { expectedVersion: 3 }), { code: "conflict", facts });
      const { version } = await kv.set({ ...name, value: bytes("a"), expectedVersion: 0 });
      const conflict = { code: "conflict", facts: { ...facts, expected: 0, actual: version } };
      await assert.rejects(kv.set({ ...name, value: null, expectedVersion: 0 }), conflict);
      await assert.rejects(kv.remove("p", "k", { expectedVersion: 0 }), conflict);
      const batch = [
        { prefix: "p", key: "a", value: null },
        { prefix: "p", key: "b", value: null, expectedVersion: 0 },
        { ...name, value: null, expectedVersion: version + 1 },
      ];
      await assert.rejects(kv.setMany(batch), { code: "conflict" });
      const removals = [
        { prefix: "p", key: "k" },
        { prefix: "p", key: "b", expectedVersion: 1 },
      ];
      await assert.rejects(kv.removeMany(removals), { code: "conflict" });
      assert.deepEqual([await kv.count("p"), await kv.remove("p", "x", { expectedVersion: 0 })], [1, false]);
      const [, , changed] = await kv.setMany(batch.with(2, { ...name, value: null, expectedVersion: version }));
      assert.ok((changed?.version ?? 0) > version);
      assert.equal(await kv.remove("p", "k", { expectedVersion: changed?.version }), true);
    },
  },
  {
    name: "of many who write and expect nothing one writes, and the others learn of it",
    async run({ store }) {
      const write = (i: number): Promise<unknown> => {
        const input = { ...name, value: bytes(String(i)), expectedVersion: 0 };
        return i % 2 === 0 ? store.kv.set(input) : store.transaction((tx) => tx.kv.set(input));
      };
      const outcomes = await Promise.allSettled(twenty.map(write));
      const { version, value } = await store.kv.require("p", "k");
      const won = outcomes.findIndex((outcome) => outcome.status === "fulfilled");
      assert.deepEqual(value, bytes(String(won)));
      const lost = outcomes.filter((outcome) => outcome.status === "rejected");
      const actual = lost.map((outcome) => (outcome.reason as { facts: { actual: number } }).facts.actual);
      assert.deepEqual(
        actual,
        Array.from({ length: 19 }, () => version),
      );
    },
  },
  {
    name: "appends of many callers are all there, each once and whole",
    async run({ store }) {
      const append = (i: number): Promise<unknown> => {
        const input = { ...name, value: bytes(`<${i}>`) };
        return i % 2 === 0 ? store.kv.append(input) : store.transaction((tx) => tx.kv.append(input));
      };
      await Promise.all(twenty.map(append));
      const text = new TextDecoder().decode((await store.kv.require("p", "k")).value ?? bytes(""));
      const parts = (text.match(/<\d+>/g) ?? []).toSorted();
      assert.deepEqual([parts, parts.join("").length], [twenty.map((i) => `<${i}>`).toSorted(), text.length]);
    },
  },
  {
    name: "an append begins an entry that is absent or null, and one of nothing makes it empty",
    async run({ store: { kv } }) {
      const first = await kv.append({ ...name, value: new Uint8Array() });
      assert.deepEqual((await kv.require("p", "k")).value, new Uint8Array());
      await kv.set({ ...name, value: null });
      const second = await kv.append({ ...name, value: bytes("a") });
      assert.deepEqual((await kv.require("p", "k")).value, bytes("a"));
      assert.ok(second.version > first.version && second.createdAt.getTime() === first.createdAt.getTime());
    },
  },
  {
    name: "mixed writes of many callers to a few entries all end",
    async run({ store }) {
      const keys = ["a", "b", "c"].map((key) => ({ prefix: "p", key }));
      const work = (i: number): Promise<unknown> => {
        const own = i % 2 === 0 ? keys : keys.toReversed();
        if (i % 5 === 0) return store.kv.removeMany(own);
        if (i % 5 === 1) return store.kv.removeUnder("p");
        return store.kv.setMany(own.map((key) => ({ ...key, value: Uint8Array.of(i) })));
      };
      await Promise.all(twenty.map(work));
      await Promise.all(keys.map(({ prefix, key }) => store.kv.append({ prefix, key, value: bytes("x") })));
      assert.equal(await store.kv.count("p"), 3);
    },
  },
];
