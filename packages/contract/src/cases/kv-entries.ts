import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

const name = { prefix: "p", key: "k" };

/** Bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** What `kv` promises of single entries and of many. */
export const kvEntryCases: readonly ContractCase[] = [
  {
    name: "a value of null, an empty value and an absent entry are three things",
    async run({ store: { kv } }) {
      assert.equal(await kv.get("p", "k"), null);
      await assert.rejects(kv.require("p", "k"), { code: "not_found", facts: { entity: "entry", ...name } });
      const head = await kv.set({ ...name, value: null });
      assert.deepEqual(await kv.get("p", "k"), { ...head, value: null });
      const { version } = await kv.set({ ...name, value: new Uint8Array() });
      assert.deepEqual((await kv.require("p", "k")).value, new Uint8Array());
      assert.ok(version > head.version);
      assert.deepEqual([await kv.has("p", "k"), await kv.has("p", "l")], [true, false]);
    },
  },
  {
    name: "every byte comes back as it was, and is the caller's own before and after",
    async run({ store: { kv } }) {
      const all = Uint8Array.from({ length: 256 }, (_, i) => i);
      const given = Uint8Array.from(all);
      const writing = kv.set({ ...name, value: given });
      given.fill(0);
      await writing;
      const [one, other] = await Promise.all([kv.require("p", "k"), kv.require("p", "k")]);
      one.value?.fill(1);
      assert.deepEqual(other.value, all);
      const adding = kv.append({ ...name, value: given.subarray(0, 2) });
      given.fill(9);
      await adding;
      assert.deepEqual((await kv.require("p", "k")).value, Uint8Array.from([...all, 0, 0]));
    },
  },
  {
    name: "prefix and key are apart, and every character of them counts",
    async run({ store: { kv } }) {
      const names: readonly (readonly [string, string])[] = [
        ["a|b", "c"],
        ["a", "b|c"],
        ["a", ""],
        ["", "a"],
        ["", ""],
        ["a", " "],
        ["a", "  "],
        ["A", ""],
        ["a ", ""],
        ["é", ""],
        ["e\u0301", ""],
        ["a,b", '"{}\\'],
        ["%", "_"],
      ];
      await kv.setMany(names.map(([prefix, key], i) => ({ prefix, key, value: Uint8Array.of(i) })));
      const found = await kv.getMany(names.map(([prefix, key]) => ({ prefix, key })));
      assert.deepEqual(
        found.map((entry) => [entry?.prefix, entry?.key, entry?.value?.[0]]),
        names.map(([prefix, key], i) => [prefix, key, i]),
      );
    },
  },
  {
    name: "a set keeps createdAt, moves updatedAt, and its version is new even after a removal",
    async run({ store: { kv }, clock }) {
      const first = await kv.set({ ...name, value: bytes("a") });
      await clock.advance(1000);
      const second = await kv.set({ ...name, value: bytes("b") });
      assert.deepEqual(second, { ...first, version: second.version, updatedAt: second.updatedAt });
      assert.ok(second.updatedAt > first.updatedAt && second.version > first.version);
      assert.deepEqual([await kv.remove("p", "k"), await kv.remove("p", "k")], [true, false]);
      const third = await kv.set({ ...name, value: bytes("a") });
      assert.ok(third.version > second.version && third.createdAt > first.createdAt);
    },
  },
  {
    name: "many are set at once, and each answers for its own",
    async run({ store: { kv } }) {
      const keys = ["z", "\uff5e", "a", "\u{1f600}", ""];
      const heads = await kv.setMany(keys.map((key) => ({ prefix: "p", key, value: bytes(key) })));
      const others = await Promise.all(keys.map((key) => kv.set({ prefix: "q", key, value: bytes(key) })));
      for (const [i, key] of keys.entries()) {
        assert.deepEqual(await kv.get("p", key), { ...heads[i], value: bytes(key) });
        assert.deepEqual(await kv.get("q", key), { ...others[i], value: bytes(key) });
      }
    },
  },
  {
    name: "many are read in input order, repeated ones too, with null for what is absent",
    async run({ store: { kv } }) {
      await kv.setMany([
        { prefix: "p", key: "b", value: bytes("B") },
        { prefix: "p", key: "a", value: null },
      ]);
      const keys = ["b", "x", "a", "b"].map((key) => ({ prefix: "p", key }));
      const values = (await kv.getMany(keys)).map((entry) => entry && entry.value);
      assert.deepEqual(values, [bytes("B"), null, null, bytes("B")]);
      assert.deepEqual(await kv.hasMany(keys), [true, false, true, true]);
      assert.deepEqual(await kv.removeMany(keys.slice(0, 3)), [true, false, true]);
      assert.deepEqual([await kv.getMany([]), await kv.hasMany([]), await kv.setMany([])], [[], [], []]);
    },
  },
  {
    name: "batches have any number of entries",
    async run({ store: { kv } }) {
      const value = bytes("v");
      const inputs = Array.from({ length: 10_001 }, (_, i) => ({ prefix: "p", key: String(i), value }));
      const heads = await kv.setMany(inputs);
      assert.deepEqual([heads.length, heads[10_000]?.key, await kv.count("p")], [10_001, "10000", 10_001]);
      assert.equal((await kv.hasMany(inputs)).filter(Boolean).length, 10_001);
      assert.equal((await kv.removeMany(inputs)).filter(Boolean).length, 10_001);
    },
  },
  {
    name: "within a transaction, entries are read as it wrote them, and go when it is rolled back",
    async run({ store }) {
      await store.kv.set({ ...name, value: bytes("before") });
      const rolledBack = store.transaction(async (tx) => {
        await tx.kv.set({ ...name, value: bytes("inside") });
        await tx.kv.append({ ...name, value: bytes("!") });
        assert.deepEqual((await tx.kv.require("p", "k")).value, bytes("inside!"));
        assert.equal(await tx.kv.removeUnder("p"), 1);
        assert.deepEqual(await tx.kv.list("p"), { items: [], next: null, cursors: [] });
        throw new Error("no");
      });
      await assert.rejects(rolledBack, { message: "no" });
      assert.deepEqual((await store.kv.require("p", "k")).value, bytes("before"));
    },
  },
];
