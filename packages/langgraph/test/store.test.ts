import { InMemoryStore } from "@langchain/langgraph-checkpoint";
import { openStore, type Store } from "holdfast";
import { testStore } from "holdfast/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastStore } from "../src/index.ts";

const hourMs = 3_600_000;

describeOnEach("a store of items", (database) => {
  let store: Store;
  let items: HoldfastStore;

  beforeAll(async () => {
    store = await openStore(await database.prepared());
    items = new HoldfastStore(store);
  });
  afterAll(() => store.close());

  test("answers as LangGraph's own store in memory does", async () => {
    const own = new InMemoryStore();
    for (const each of [own, items]) {
      await each.put(["users", "ada"], "a", { name: "Ada", age: 36, tags: ["x"] });
      await each.put(["users", "ada"], "b", { name: "Bea", age: 20 });
      await each.put(["users", "eve"], "c", { name: "Eve", age: 50 });
      await each.put(["usersx"], "d", { name: "Dan", age: 1 });
      await each.put(["users", "ada", "deep"], "e", { name: "Ada", age: 2 });
      await each.put(["users", "eve"], "gone", { name: "gone" });
      await each.delete(["users", "eve"], "gone");
    }
    const searches = [
      {},
      { filter: { name: "Ada" } },
      { filter: { age: { $gte: 20, $lt: 50 } } },
      { filter: { name: { $in: ["Eve", "Dan"] } } },
      { filter: { name: { $ne: "Ada" } }, limit: 1, offset: 1 },
      { filter: { name: { $nin: ["Ada"] } } },
      { limit: 0 },
    ];
    const seen = async (each: HoldfastStore | InMemoryStore) => ({
      items: [await each.get(["users", "ada"], "a"), await each.get(["users"], "a")].map((item) => item?.value),
      found: await Promise.all(
        searches.map(async (options) =>
          (await each.search(["users"], options)).map(({ namespace, key, value }) => [namespace, key, value]),
        ),
      ),
      namespaces: await Promise.all(
        [
          {},
          { prefix: ["users"] },
          { suffix: ["ada"] },
          { prefix: ["*", "ada"], maxDepth: 2 },
          { maxDepth: 1, limit: 1, offset: 1 },
        ].map((options) => each.listNamespaces(options)),
      ),
    });
    const sorted = ({ items: got, found, namespaces }: Awaited<ReturnType<typeof seen>>) => ({
      items: got,
      found: found.map((each) => each.map((item) => JSON.stringify(item)).toSorted()),
      namespaces: namespaces.map((each) => each.map((namespace) => namespace.join(":")).toSorted()),
    });
    expect(sorted(await seen(items))).toEqual(sorted(await seen(own)));
  });

  test("filters as LangGraph's own store does, whatever the values are, page by page", async () => {
    const own = new InMemoryStore();
    const values = [
      0,
      -0,
      5,
      5.5,
      -3,
      1e300,
      "5",
      "5.5",
      " 7 ",
      "",
      "Ada",
      "x".repeat(400),
      true,
      false,
      null,
      [],
      [5],
      ["7"],
      {},
    ];
    const operations = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"];
    for (const each of [own, items]) {
      for (const [i, a] of values.entries()) await each.put(["filters", `n${i % 3}`], `k${i}`, { a, 'b"': i, i });
      await each.put(["filters", "n0"], "none", { i: 99 });
    }
    const comparable = values.filter((value) => typeof value !== "object" || value === null);
    const filters: Record<string, unknown>[] = [
      {},
      { a: {} },
      { 'b"': { $gt: 2, $gte: 3, $lt: 9 } },
      { a: { $ne: 5 }, i: { $gte: 3, $lt: 12, $ne: 4 } },
      { a: { $in: [5, "Ada"] } },
      { a: { $nin: [5, "Ada"] }, 'b"': { $lte: 10 } },
      { a: 5, i: { $eq: 2 } },
      { missing: { $ne: 1 } },
      { missing: null },
      { ["long name ".repeat(30)]: { $ne: 1 } },
      ...comparable.flatMap((value) => [{ a: value }, ...operations.map((name) => ({ a: { [name]: value } }))]),
    ];
    const keysOf = async (each: HoldfastStore | InMemoryStore, filter: object, limit: number): Promise<string[]> => {
      const keys: string[] = [];
      for (let offset = 0; ; offset += limit) {
        const page = await each.search(["filters"], { filter, limit, offset });
        keys.push(...page.map(({ key }) => key));
        if (page.length < limit) return keys;
      }
    };
    for (const filter of filters) {
      const wanted = await keysOf(own, filter, 100);
      const got = await keysOf(items, filter, 4);
      expect([JSON.stringify(filter), got.toSorted()]).toEqual([JSON.stringify(filter), wanted.toSorted()]);
    }
  });

  test("writes the puts of a batch together, after its reads, and the last of one name counts", async () => {
    await items.put(["batch"], "old", { v: 1 });
    const results = await items.batch([
      { namespace: ["batch"], key: "new", value: { v: 1 } },
      { namespace: ["batch"], key: "new", value: { v: 2 } },
      { namespace: ["batch"], key: "old", value: null },
      { namespace: ["batch"], key: "old" },
      { namespacePrefix: ["batch"] },
    ]);
    expect(results.slice(3)).toMatchObject([{ value: { v: 1 } }, [{ key: "old" }]]);
    expect((await items.search(["batch"])).map(({ key, value }) => [key, value])).toEqual([["new", { v: 2 }]]);
    const failing = items.batch([
      { namespace: ["batch"], key: "other", value: { v: 1 } },
      { namespace: ["batch"], key: "new", value: null },
      { namespace: ["batch"], key: "k".repeat(2000), value: { v: 1 } },
    ]);
    await expect(failing).rejects.toMatchObject({ code: "invalid_input" });
    expect(await items.get(["batch"], "other")).toBeNull();
  });

  test("keeps every string, and tells an item's times", async () => {
    const nasty = '\0 \ud800 "quoted\\" \u2028 ✓';
    await items.put(["nasty", nasty.replace("\0", "")], nasty, { [nasty]: [nasty] });
    const [item] = await items.search(["nasty"]);
    expect(item).toMatchObject({
      namespace: ["nasty", nasty.replace("\0", "")],
      key: nasty,
      value: { [nasty]: [nasty] },
    });
    expect(item?.createdAt).toBeInstanceOf(Date);
  });

  test("refuses what it does not know, by name", async () => {
    await expect(items.search(["a"], { query: "books" })).rejects.toMatchObject({ facts: { field: "query" } });
    await items.put(["operators"], "a", { n: 1 });
    await expect(items.search(["operators"], { filter: { n: { $near: 1 } } })).rejects.toMatchObject({
      facts: { field: "filter.n" },
    });
  });
});

test("an item lives for its time, prolonged by reads where the store says so", async () => {
  const { store, clock } = await testStore();
  const items = new HoldfastStore(store, { ttlMs: 10 * hourMs });
  const refreshed = new HoldfastStore(store, { ttlMs: 10 * hourMs, refreshOnRead: true });
  await items.put(["a"], "left", { v: 1 });
  await items.put(["a"], "read", { v: 1 });
  await clock.advance(9 * hourMs);
  expect(await refreshed.get(["a"], "read")).not.toBeNull();
  await clock.advance(9 * hourMs);
  expect((await items.search(["a"])).map(({ key }) => key)).toEqual(["read"]);
  await store.close();
});
