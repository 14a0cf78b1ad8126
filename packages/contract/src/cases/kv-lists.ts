import assert from "node:assert/strict";
import type { KvEntry, Page } from "holdfast";
import type { Kv, KvListRequest } from "holdfast/kv";
import type { ContractCase } from "../case.ts";

/** In byte order, which is neither JavaScript's nor a dictionary's: the last two are the other way round in UTF-16. */
const ordered = ["", " ", "  ", "A", "B", "a", "a ", "a b", "ab", "b", "é", "\uffff", "\u{10000}"];

async function fill(kv: Kv, prefix: string, keys: readonly string[]): Promise<void> {
  await kv.setMany(keys.map((key, i) => ({ prefix, key, value: Uint8Array.of(i) })));
}

async function keysOf(pages: AsyncIterable<KvEntry>): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of pages) keys.push(key);
  return keys;
}

/** Every page of a list, one after the other. */
async function allPages<T>(read: (after: string | undefined) => Promise<Page<T>>): Promise<readonly (readonly T[])[]> {
  const pages: (readonly T[])[] = [];
  let after: string | undefined;
  do {
    const { items, next } = await read(after);
    pages.push(items);
    after = next ?? undefined;
  } while (after !== undefined);
  return pages;
}

/** What `kv` promises of lists. */
export const kvListCases: readonly ContractCase[] = [
  {
    name: "a list has exactly its prefix, in byte order, page by page and both ways",
    async run({ store: { kv } }) {
      await fill(kv, "p", ordered.toReversed());
      for (const prefix of ["", "P", "p ", "p/", "pp", "o"]) await fill(kv, prefix, ["a", "x"]);
      for (const order of ["asc", "desc"] as const) {
        const pages = await allPages((after) => kv.list("p", { after, limit: 5, order }));
        assert.deepEqual(
          pages.map((page) => page.length),
          [5, 5, 3],
        );
        const expected = order === "desc" ? ordered.toReversed() : ordered;
        assert.deepEqual(
          pages.flat().map(({ key }) => key),
          expected,
        );
        assert.deepEqual(await keysOf(kv.iterate("p", { order, limit: 1 })), expected);
      }
      assert.equal((await kv.list("p", { limit: 13 })).next, null);
      assert.deepEqual([await kv.count("p"), await kv.count("P"), await kv.count("q")], [13, 2, 0]);
    },
  },
  {
    name: "a range has its bounds with or without the keys themselves",
    async run({ store: { kv } }) {
      await fill(kv, "p", ordered);
      await fill(kv, "q", ordered);
      const between = async (request: KvListRequest): Promise<string> =>
        (await kv.list("p", request)).items.map(({ key }) => key).join("|");
      assert.equal(await between({ gte: "a", lte: "b" }), "a|a |a b|ab|b");
      assert.equal(await between({ gt: "a", lt: "b" }), "a |a b|ab");
      assert.equal(await between({ gt: "a", lt: "b", order: "desc" }), "ab|a b|a ");
      assert.equal(await between({ gt: "a", gte: "a", lt: "b", lte: "é" }), "a |a b|ab");
      assert.equal(await between({ gte: "\uffff" }), "\uffff|\u{10000}");
      assert.equal(await between({ gt: "\uffff", gte: "\u{10000}" }), "\u{10000}");
      assert.equal(await between({ lt: "" }), "");
      assert.equal(await between({ lte: "" }), "");
      assert.equal((await kv.list("p", { lte: "" })).items.length, 1);
      assert.equal(await between({ gte: "b", lte: "a" }), "");
      assert.equal(await between({ gt: "a", after: "a b", lt: "é" }), "ab|b");
      assert.equal(await between({ gt: "a", after: "ab", order: "desc" }), "a b|a ");
    },
  },
  {
    name: "a loop over entries may read and write, and holds no connection in between",
    async run({ store }) {
      await fill(store.kv, "p", ordered);
      let seen = 0;
      for await (const { prefix, key, version } of store.kv.iterate("p", { limit: 3 })) {
        assert.equal((await store.kv.require(prefix, key)).version, version);
        await store.kv.set({ prefix: "q", key, value: null });
        await store.transaction((tx) => tx.kv.remove(prefix, key));
        seen++;
      }
      assert.deepEqual([seen, await store.kv.count("p"), await store.kv.count("q")], [13, 0, 13]);
      await store.transaction(async (tx) => {
        for await (const { key, value } of tx.kv.iterate("q", { limit: 2 })) {
          await tx.kv.set({ prefix: "q", key, value: value ?? new Uint8Array() });
        }
        for await (const { value } of tx.kv.iterate("q")) assert.deepEqual(value, new Uint8Array());
      });
    },
  },
  {
    name: "a scan has the prefixes that start with a text, whatever its characters",
    async run({ store: { kv } }) {
      for (const prefix of ["a", "a/", "a/b", "a/b/c", "a%b", "a_b", "aXb", "A/b", "b", "", "\u{10ffff}"]) {
        await fill(kv, prefix, ["", "k"]);
      }
      const under = async (start: string): Promise<readonly string[]> => {
        const pages = await allPages((after) => kv.scan(start, { after, limit: 3 }));
        const found = pages.flat().map(({ prefix, key }) => `${prefix}|${key}`);
        assert.deepEqual(
          (await kv.scan(start)).items.map(({ prefix, key }) => `${prefix}|${key}`),
          found,
        );
        return found.filter((each) => each.endsWith("|k")).map((each) => each.slice(0, -2));
      };
      assert.deepEqual(await under("a/"), ["a/", "a/b", "a/b/c"]);
      assert.deepEqual(await under("a%"), ["a%b"]);
      assert.deepEqual(await under("a_"), ["a_b"]);
      assert.deepEqual(await under("\u{10ffff}"), ["\u{10ffff}"]);
      assert.equal((await under("")).length, 11);
      const prefixes = await allPages((after) => kv.prefixes("a", { after, limit: 2 }));
      assert.deepEqual(prefixes, [["a", "a%b"], ["a/", "a/b"], ["a/b/c", "aXb"], ["a_b"]]);
      assert.deepEqual((await kv.prefixes()).items.length, 11);
      assert.deepEqual(await kv.prefixes("c"), { items: [], next: null, cursors: [] });
    },
  },
];
