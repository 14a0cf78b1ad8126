import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { Embeddings } from "@langchain/core/embeddings";
import { InMemoryStore } from "@langchain/langgraph-checkpoint";
import { openStore, type Store } from "holdfast";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastStore } from "../src/index.ts";

/** Counts letters, so that similar texts have similar vectors. */
class Letters extends Embeddings {
  asked: string[] = [];

  constructor() {
    super({});
  }

  override async embedDocuments(texts: string[]): Promise<number[][]> {
    this.asked.push(...texts);
    return texts.map(vectorOf);
  }

  override async embedQuery(text: string): Promise<number[]> {
    return vectorOf(text);
  }
}

function vectorOf(text: string): number[] {
  return Array.from("abcdefghijklmnopqrstuvwxyz", (letter) => text.toLowerCase().split(letter).length - 1);
}

const dims = 26;
const table = "holdfast.langgraph_vectors";

describe("a store with an index on pgvector", () => {
  let database: PGlite;
  let store: Store;
  let items: HoldfastStore;
  let embeddings: Letters;
  /** The rows of each statement on the vectors. */
  const sent: unknown[] = [];

  beforeAll(async () => {
    database = new PGlite({ extensions: { vector } });
    store = await openStore({
      pglite: database,
      onStatement: ({ statement, rows: read }) => {
        if (statement === "application") sent.push(read);
      },
    });
  });
  afterAll(async () => {
    await store.close();
    await database.close();
  });
  beforeEach(async () => {
    embeddings = new Letters();
    items = new HoldfastStore(store, { index: { dims, embeddings, fields: ["text", "notes[*].text"] } });
    await items.setup();
    await store.kv.removeUnder("");
  });

  const rows = async (): Promise<number> => {
    const found = await store.transaction((tx) => tx.query<{ n: number }>(`select count(*)::int as n from ${table}`));
    return found.rows[0]?.n ?? -1;
  };
  const search = async (query: string, options = {}, from = items) =>
    (await from.search(["docs"], { query, ...options })).map(({ key, score }) => [key, score]);

  test("ranks as LangGraph's own store in memory does", async () => {
    const own = new InMemoryStore({ index: { dims, embeddings, fields: ["text", "notes[*].text"] } });
    for (const each of [own, items]) {
      await each.put(["docs", "a"], "tea", { text: "a cup of tea", kind: "drink", price: 2 });
      await each.put(["docs", "a"], "coffee", { text: "a mug of coffee", kind: "drink", price: 3 });
      await each.put(["docs", "b"], "cake", {
        text: "zzz",
        notes: [{ text: "carrot cake" }, { text: "a cup cake" }],
        price: 5,
      });
      await each.put(["docs", "b"], "zero", { text: "123", price: 5 });
      await each.put(["docs", "b"], "plain", { text: "a cup of tea", kind: "drink" }, false);
      await each.put(["docs", "b"], "title", { title: "cup", kind: "drink" }, ["title"]);
      await each.put(["docsx"], "other", { text: "a cup of tea" });
    }
    const rounded = async (each: HoldfastStore | InMemoryStore, options: object) =>
      (await each.search(["docs"], { query: "cup of tea", ...options })).map(({ namespace, key, value, score }) => [
        namespace,
        key,
        value,
        score === undefined ? "none" : score.toFixed(5),
      ]);
    for (const options of [
      {},
      { limit: 2 },
      { limit: 2, offset: 1 },
      { filter: { kind: "drink" } },
      { filter: { price: { $gte: 3 } } },
      { filter: { kind: { $ne: "drink" } }, limit: 1 },
      { limit: 0 },
    ]) {
      expect(await rounded(items, options)).toEqual(await rounded(own, options));
    }
    expect((await items.search(["docs"])).map(({ score }) => score)).toEqual(
      Array.from({ length: 6 }, () => undefined),
    );
  });

  test("pages through everything once, items without vectors last", async () => {
    const puts = Array.from({ length: 25 }, (_, i) => ({
      namespace: ["docs"],
      key: `k${i}`,
      value: i % 5 === 0 ? { n: i } : { text: "abc".repeat(i), n: i },
    }));
    await items.batch(puts);
    const keys: string[] = [];
    for (let offset = 0; offset < 30; offset += 4) {
      keys.push(...(await items.search(["docs"], { query: "abcd", limit: 4, offset })).map(({ key }) => key));
    }
    expect(keys.toSorted()).toEqual(puts.map(({ key }) => key).toSorted());
    expect(keys.slice(-5).toSorted()).toEqual(["k0", "k10", "k15", "k20", "k5"]);
  });

  test("keeps vectors in step with overwrites, removals and other writers", async () => {
    await items.put(["docs"], "a", { text: "aaa", notes: [{ text: "bbb" }, { text: "ccc" }] });
    await items.put(["docs"], "b", { text: "aab" });
    expect(await rows()).toBe(4);
    await items.put(["docs"], "a", { text: "zzz" });
    expect(await rows()).toBe(2);
    expect(await search("aaa", { limit: 1 })).toEqual([["b", expect.closeTo(2 / Math.sqrt(5))]]);
    await new HoldfastStore(store).put(["docs"], "b", { text: "qqq" });
    expect(await search("zzz")).toEqual([
      ["a", expect.closeTo(1)],
      ["b", undefined],
    ]);
    await items.put(["docs"], "b", { text: "qqq" }, false);
    expect(await rows()).toBe(1);
    await items.batch([
      { namespace: ["docs"], key: "a", value: null },
      { namespace: ["docs"], key: "c", value: { text: "ccc" } },
    ]);
    expect(await rows()).toBe(1);
    await store.kv.removeUnder("");
    expect(await rows()).toBe(0);
  });

  test("compares equality and ranges in the database, and reads little more than it returns", async () => {
    const price = 'a "price" of\u0000';
    await items.batch(
      Array.from({ length: 400 }, (_, i) => ({
        namespace: ["docs"],
        key: `k${i}`,
        value: { text: "abc".repeat(i), [price]: i, kind: i % 2 === 0 ? "even" : "odd" },
      })),
    );
    sent.splice(0);
    const narrow = { kind: "even", [price]: { $gte: 390, $lt: 396.5 } };
    const keys = (await search("abc", { filter: narrow, limit: 4 })).map(([key]) => String(key));
    expect(new Set(keys)).toEqual(new Set(["k390", "k392", "k394", "k396"]));
    expect(sent).toEqual([4]);
    sent.splice(0);
    // Compared in the process: pages double.
    expect(await search("abc", { filter: { [price]: { $in: [399] } }, limit: 1 })).toEqual([
      ["k399", expect.closeTo(1)],
    ]);
    expect(sent.length).toBeLessThan(11);
  });

  test("compares numbers of any size as a search without a query does", async () => {
    const numbers = [-1e21, -5, -1e-7, 0, 5e-324, 1e-7, 2.5, 3, 1e21, Number.MAX_VALUE];
    await items.batch(numbers.map((n, i) => ({ namespace: ["docs"], key: `k${i}`, value: { text: "abc", n } })));
    for (const given of [...numbers, 1, -Number.MAX_VALUE]) {
      for (const operator of ["$gt", "$gte", "$lt", "$lte"]) {
        const filter = { n: { [operator]: given } };
        const near = (await search("abc", { filter })).map(([key]) => key);
        const plain = (await items.search(["docs"], { filter })).map(({ key }) => key);
        expect(new Set(near), `${operator} ${given}`).toEqual(new Set(plain));
        expect(near).toHaveLength(plain.length);
      }
    }
  });

  test("keeps vectors of several numbers of dimensions side by side", async () => {
    const embed = async (texts: string[]) => texts.map((text) => vectorOf(text).slice(0, 3));
    const short = new HoldfastStore(store, { index: { dims: 3, embed, fields: ["text"] } });
    await short.setup();
    await short.put(["docs"], "three", { text: "abc" });
    await items.put(["docs"], "many", { text: "abc" });
    expect(await search("abc")).toEqual([
      ["many", expect.closeTo(1)],
      ["three", undefined],
    ]);
    expect(await search("abc", {}, short)).toEqual([
      ["three", expect.closeTo(1)],
      ["many", undefined],
    ]);
    await store.kv.removeUnder("");
    expect(await rows()).toBe(0);
  });

  test("writes vectors and items together or not at all", async () => {
    const attempt = store.transaction(async (tx) => {
      const inside = new HoldfastStore(tx, { index: { dims, embed: async (texts) => texts.map(vectorOf) } });
      await inside.put(["docs"], "a", { text: "abc" });
      expect(await search("abc", {}, inside)).toHaveLength(1);
      throw new Error("no");
    });
    await expect(attempt).rejects.toThrow(/^no$/);
    expect([await rows(), await search("abc")]).toEqual([0, []]);
    const broken = new HoldfastStore(store, { index: { dims, embed: async () => [[1]] } });
    await expect(broken.put(["docs"], "a", { text: "abc" })).rejects.toMatchObject({ facts: { field: "index.dims" } });
    expect(await items.get(["docs"], "a")).toBeNull();
  });

  test("finds no expired item, and retention removes its vectors", async () => {
    const brief = new HoldfastStore(store, { ttlMs: 1, index: { dims, embeddings } });
    await brief.put(["docs"], "brief", { text: "abc" });
    await items.put(["docs"], "kept", { text: "abc" });
    await expect.poll(() => brief.get(["docs"], "brief")).toBeNull();
    expect(await search("abc")).toEqual([["kept", expect.closeTo(1)]]);
    expect(await rows()).toBe(2);
    await store.retain();
    expect(await rows()).toBe(1);
  });

  test("embeds equal texts of a batch once, and is set up any number of times", async () => {
    await Promise.all([items.setup(), items.setup()]);
    await items.batch(["a", "b"].map((key) => ({ namespace: ["docs"], key, value: { text: "same" } })));
    expect(embeddings.asked).toEqual(["same"]);
    expect(await rows()).toBe(2);
    expect((await store.diagnose()).checks.find(({ name }) => name === "objects")?.status).toBe("ok");
  });
});

describeOnEach("a server without pgvector", (database) => {
  test("says so, and serves everything else", async () => {
    const store = await openStore(await database.prepared());
    const items = new HoldfastStore(store, { index: { dims, embeddings: new Letters() } });
    await expect(items.setup()).rejects.toThrow(
      "index needs the extension pgvector, which this server does not have: install it, or leave index out.",
    );
    for (const call of [
      () => items.put(["docs"], "a", { text: "abc" }),
      () => items.search(["docs"], { query: "abc" }),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: "invalid_input", facts: { field: "index" } });
    }
    expect(await items.get(["docs"], "a")).toBeNull();
    expect(await items.search(["docs"])).toEqual([]);
    await store.close();
  });
});

test("an index is checked when the store is made, by the name of what is wrong", () => {
  const place = { kv: {}, transaction: () => undefined } as unknown as Store;
  const make = (index: object) => () => new HoldfastStore(place, { index: index as { dims: number } });
  expect(make({ dims: 0, embeddings: new Letters() })).toThrow(/^index\.dims must be a whole number/);
  expect(make({ dims: 3 })).toThrow(/^index\.embeddings is missing/);
  expect(make({ dims: 3, embeddings: new Letters(), schema: 'a"b' })).toThrow(/^index\.schema /);
});
