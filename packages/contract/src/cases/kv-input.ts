import assert from "node:assert/strict";
import type { Kv } from "holdfast/kv";
import type { ContractCase } from "../case.ts";
import { bytes } from "./kv-entries.ts";

const name = { prefix: "p", key: "k" };
const value = bytes("v");
const refused = (field: string): object => ({ code: "invalid_input", facts: { field } });

/** Calls as a caller without types can make them. */
type Untyped = { readonly [M in keyof Kv]: (...args: readonly unknown[]) => Promise<unknown> };

/** What `kv` promises about input. */
export const kvInputCases: readonly ContractCase[] = [
  {
    name: "a prefix and a key of 1,024 bytes are kept together, and one more byte is refused",
    async run({ store: { kv } }) {
      for (const [longest, tooLong] of [
        ["x".repeat(1024), "x".repeat(1025)],
        ["é".repeat(512), `${"é".repeat(512)}x`],
        ["\u{10ffff}".repeat(256), `${"\u{10ffff}".repeat(256)}x`],
      ] as const) {
        await kv.set({ prefix: longest, key: longest, value });
        await kv.set({ prefix: longest, key: longest.slice(0, -2), value, ttlMs: 1000 });
        assert.equal((await kv.require(longest, longest)).key, longest);
        assert.equal((await kv.list(longest, { gt: longest.slice(0, -2) })).items.length, 1);
        assert.equal((await kv.scan(longest)).items.length, 2);
        await assert.rejects(kv.set({ prefix: tooLong, key: "k", value }), refused("prefix"));
        await assert.rejects(kv.get("p", tooLong), refused("key"));
        await assert.rejects(kv.list("p", { gte: tooLong }), refused("gte"));
      }
      assert.equal(await kv.count("\u{10ffff}".repeat(256)), 2);
    },
  },
  {
    name: "text that PostgreSQL cannot keep is refused",
    async run({ store }) {
      for (const text of ["a\0b", "\ud800", "x\udc00", 7, null, undefined]) {
        const kv = store.kv as unknown as Untyped;
        await assert.rejects(kv.get(text, "k"), refused("prefix"));
        await assert.rejects(kv.set({ prefix: "p", key: text, value }), refused("key"));
        await assert.rejects(kv.remove("p", text), refused("key"));
        await assert.rejects(kv.scan(text), refused("prefixStart"));
        await assert.rejects(kv.removeUnder(text), refused("prefixStart"));
        await assert.rejects(kv.removeRange(text), refused("prefix"));
        await assert.rejects(kv.count(text), refused("prefix"));
      }
    },
  },
  {
    name: "a value is a Uint8Array, or null where that is said, of at most 16 MiB",
    async run({ store }) {
      const kv = store.kv as unknown as Untyped;
      for (const wrong of [undefined, "text", 7, [1], new ArrayBuffer(1), new DataView(new ArrayBuffer(1))]) {
        await assert.rejects(kv.set({ ...name, value: wrong }), refused("value"));
        await assert.rejects(kv.append({ ...name, value: wrong }), refused("value"));
      }
      await assert.rejects(kv.append({ ...name, value: null }), refused("value"));
      const tooLarge = new Uint8Array(16 * 1024 * 1024 + 1);
      await assert.rejects(kv.set({ ...name, value: tooLarge }), refused("value"));
      await assert.rejects(kv.append({ ...name, value: tooLarge }), refused("value"));
    },
  },
  {
    name: "times to live and versions are checked at their bounds",
    async run({ store: { kv } }) {
      const longest = 10 * 366 * 24 * 60 * 60 * 1000;
      for (const ttlMs of [1, longest]) assert.ok((await kv.set({ ...name, value, ttlMs })).expiresAt);
      for (const ttlMs of [0, -1, 1.5, longest + 1, Number.NaN, null as never]) {
        await assert.rejects(kv.set({ ...name, value, ttlMs }), refused("ttlMs"));
        await assert.rejects(kv.append({ ...name, value, ttlMs }), refused("ttlMs"));
      }
      for (const expectedVersion of [-1, 2 ** 53, 1n as never, "1" as never]) {
        await assert.rejects(kv.set({ ...name, value, expectedVersion }), refused("expectedVersion"));
        await assert.rejects(kv.remove("p", "k", { expectedVersion }), refused("expectedVersion"));
        await assert.rejects(kv.compareAndSet({ ...name, value, expectedVersion }), refused("expectedVersion"));
      }
      const late = await kv.compareAndSet({ ...name, value, expectedVersion: Number.MAX_SAFE_INTEGER });
      assert.equal(late.ok, false);
      await assert.rejects(kv.compareAndSet({ ...name, value } as never), refused("expectedVersion"));
    },
  },
  {
    name: "repeated keys, limits and cursors are checked",
    async run({ store: { kv } }) {
      await assert.rejects(
        kv.setMany([
          { ...name, value },
          { ...name, value },
        ]),
        refused("inputs[1]"),
      );
      await assert.rejects(kv.removeMany([name, name]), refused("keys[1]"));
      for (const limit of [0, 1001, 1.5]) {
        await assert.rejects(kv.list("p", { limit }), refused("limit"));
        await assert.rejects(kv.scan("p", { limit }), refused("limit"));
      }
      for (const limit of [0, -1, 1.5]) {
        await assert.rejects(kv.removeUnder("p", { limit }), refused("limit"));
        await assert.rejects(kv.removeRange("p", { limit }), refused("limit"));
      }
      for (const after of ["p", "{}", "[", '["p"]', '["p","k","l"]', '["p",1]']) {
        await assert.rejects(kv.scan("p", { after }), refused("after"));
      }
      // Where cursors pass through other hands, none may lead out of what was asked for.
      await kv.set({ prefix: "o", key: "k", value });
      await assert.rejects(kv.scan("p", { after: '["o",""]' }), refused("after"));
      await assert.rejects(kv.prefixes("p", { after: "" }), refused("after"));
    },
  },
  {
    name: "something else in the place of an object is refused by the name of its place",
    async run({ store }) {
      const kv = store.kv as unknown as Untyped;
      for (const wrong of [null, 7, "text", []]) {
        await assert.rejects(kv.set(wrong), refused("input"));
        await assert.rejects(kv.append(wrong), refused("input"));
        await assert.rejects(kv.compareAndSet(wrong), refused("input"));
        await assert.rejects(kv.remove("p", "k", wrong), refused("options"));
        await assert.rejects(kv.list("p", wrong), refused("request"));
        await assert.rejects(kv.scan("p", wrong), refused("page"));
        await assert.rejects(kv.prefixes("p", wrong), refused("page"));
        await assert.rejects(kv.removeRange("p", wrong), refused("range"));
        await assert.rejects(kv.removeUnder("p", wrong), refused("options"));
        await assert.rejects(async () => {
          for await (const entry of store.kv.iterate("p", wrong as never)) assert.fail(entry.key);
        }, refused("request"));
      }
      for (const wrong of [null, 7, "text", {}]) {
        await assert.rejects(kv.setMany(wrong), refused("inputs"));
        await assert.rejects(kv.getMany(wrong), refused("keys"));
        await assert.rejects(kv.removeMany(wrong), refused("keys"));
      }
      await assert.rejects(kv.getMany([null]), refused("keys[0]"));
      await assert.rejects(kv.list("p", { order: 1 }), refused("order"));
    },
  },
  {
    name: "one caller's bad input never fails another's call",
    async run({ store: { kv } }) {
      const outcomes = await Promise.allSettled([
        kv.set({ ...name, value, expectedVersion: 9 }),
        kv.set({ prefix: "p", key: "l", value }),
        kv.set({ prefix: "p", key: "m", value: "text" as never }),
        kv.remove("p", "x", { expectedVersion: 1 }),
        kv.remove("p", "y"),
      ]);
      const isFulfilled = outcomes.map(({ status }) => status === "fulfilled");
      assert.deepEqual(isFulfilled, [false, true, false, false, true]);
    },
  },
];
