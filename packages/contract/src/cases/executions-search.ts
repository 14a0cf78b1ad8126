import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { ContractCase } from "../case.ts";

type ExecutionQuery = NonNullable<Parameters<Store["executions"]["list"]>[0]>;
type Labels = NonNullable<ExecutionQuery["labels"]>;

/** Values of every kind that a label may have, in their order. */
const values = [
  false,
  true,
  -Number.MAX_VALUE,
  -10.5,
  -Number.MIN_VALUE,
  0,
  Number.MIN_VALUE,
  0.1 + 0.2,
  9,
  10,
  2 ** 53,
  Number.MAX_VALUE,
  "",
  " ",
  "10",
  "9",
  "Z",
  "a",
  "a\u0001",
  "a ",
  "b",
  "é",
  "😀",
] as const;

/** How executions are found, ordered and counted by their labels. */
export const executionsSearchCases: readonly ContractCase[] = [
  {
    name: "ranges of a label hold what lies between their ends, with or without them, numbers and texts apart",
    async run({ store }) {
      await fill(store);
      const found = (range: Labels[string]): Promise<readonly unknown[]> => valuesOf(store, { labels: { v: range } });
      assert.deepEqual(await found({ gte: 9, lt: 2 ** 53 }), [9, 10]);
      assert.deepEqual(await found({ gt: 9, lte: 2 ** 53 }), [10, 2 ** 53]);
      assert.deepEqual(await found({ gt: 0.3, lt: 9 }), [0.1 + 0.2]);
      assert.deepEqual(await found({ gt: -Number.MIN_VALUE, lt: Number.MIN_VALUE }), [0]);
      assert.deepEqual(await found({ gte: -Number.MIN_VALUE, lte: 0 }), [-Number.MIN_VALUE, 0]);
      assert.deepEqual(await found({ lt: 0 }), [-Number.MAX_VALUE, -10.5, -Number.MIN_VALUE]);
      assert.deepEqual(await found({ gte: Number.MAX_VALUE }), [Number.MAX_VALUE]);
      assert.deepEqual(await found({ gt: Number.MAX_VALUE }), []);
      assert.deepEqual(await found({ gt: 10, lt: 10 }), []);
      assert.deepEqual(await found({ gte: 10, lte: 9 }), []);
      assert.deepEqual(await found({ gte: "10", lt: "Z" }), ["10", "9"]);
      assert.deepEqual(await found({ gt: "a", lte: "b" }), ["a\u0001", "a ", "b"]);
      assert.deepEqual(await found({ lt: "10" }), ["", " "]);
      assert.deepEqual(await found({ gt: "é" }), ["😀"]);
      assert.deepEqual(
        await found({ gte: "" }),
        values.filter((value) => typeof value === "string"),
      );
      assert.deepEqual(await found(10), [10]);
      assert.deepEqual(await found("10"), ["10"]);
      assert.deepEqual(await found(true), [true]);
      const odd = JSON.parse('{ "__proto__": "10" }') as Labels;
      assert.deepEqual(await valuesOf(store, { labels: odd }), []);
    },
  },
  {
    name: "an order by a label has each value once and in its place, in pages, both ways, without those that lack it",
    async run({ store }) {
      await fill(store);
      await store.executions.create({ id: "without" });
      await store.executions.create({ id: "other", labels: { w: 1 } });
      const orderBy = { label: "v" };
      for (const limit of [1, 4, 100]) {
        assert.deepEqual(await valuesOf(store, { orderBy, limit }), values);
        assert.deepEqual(await valuesOf(store, { orderBy, order: "desc", limit }), values.toReversed());
      }
      assert.deepEqual(await valuesOf(store, { orderBy, labels: { v: { gt: -11, lt: 1 } }, limit: 2 }), [
        -10.5,
        -Number.MIN_VALUE,
        0,
        Number.MIN_VALUE,
        0.1 + 0.2,
      ]);
      assert.deepEqual(await valuesOf(store, { orderBy: { label: "none" } }), []);
    },
  },
  {
    name: "executions of one value follow each other by id, in pages",
    async run({ store }) {
      const ids = Array.from({ length: 25 }, (_, i) => `e${String(i).padStart(2, "0")}`);
      await store.executions.createMany(ids.toReversed().map((id) => ({ id, labels: { tier: "gold" } })));
      const idsBy = async (query: ExecutionQuery): Promise<readonly string[]> =>
        (await everything(store, { ...query, limit: 7 })).map(({ id }) => id);
      assert.deepEqual(await idsBy({ orderBy: { label: "tier" } }), ids);
      assert.deepEqual(await idsBy({ orderBy: { label: "tier" }, order: "desc" }), ids.toReversed());
    },
  },
  {
    name: "ranges, equal labels and other filters apply together and before the limit, in every order and count",
    async run({ store: { executions } }) {
      await executions.createMany(
        Array.from({ length: 60 }, (_, i) => ({
          id: `e${String(i).padStart(2, "0")}`,
          status: i % 2 ? ("running" as const) : ("pending" as const),
          labels: {
            n: 60 - i,
            day: `2026-01-${String((i % 20) + 1).padStart(2, "0")}`,
            tier: i % 3 ? "silver" : "gold",
          },
        })),
      );
      const labels = { n: { gt: 10, lte: 50 }, day: { gte: "2026-01-05", lt: "2026-01-15" }, tier: "gold" };
      const filter: ExecutionQuery = { status: "running", labels };
      const ids = async (query: ExecutionQuery): Promise<string> =>
        (await executions.list({ ...query, limit: 3 })).items.map(({ id }) => id).join(" ");
      assert.equal(await ids(filter), "e27 e33 e45");
      assert.equal(await ids({ ...filter, order: "desc" }), "e45 e33 e27");
      assert.equal(await ids({ ...filter, orderBy: { label: "n" } }), "e45 e33 e27");
      assert.equal(await ids({ ...filter, orderBy: { label: "day" } }), "e45 e27 e33");
      assert.equal(await ids({ ...filter, orderBy: { label: "tier" }, order: "desc" }), "e45 e33 e27");
      assert.equal(await executions.count(filter), 3);
      assert.deepEqual(await executions.countBy("status", { labels }), [
        { value: "pending", count: 4 },
        { value: "running", count: 3 },
      ]);
      assert.deepEqual(await executions.countBy({ label: "tier" }, { labels: { ...labels, tier: { gte: "" } } }), [
        { value: "silver", count: 13 },
        { value: "gold", count: 7 },
      ]);
    },
  },
  {
    name: "what is found follows every way of writing labels",
    async run({ store }) {
      const { executions } = store;
      const found = (): Promise<readonly unknown[]> => valuesOf(store, { orderBy: { label: "v" } });
      await executions.create({ id: "a", labels: { v: 2, kept: true } });
      await executions.save({ id: "b", labels: { v: 3 } });
      assert.deepEqual(await found(), [2, 3]);
      await executions.transition("a", { labels: { v: 4 } });
      assert.deepEqual(await found(), [3, 4]);
      await executions.saveMany([
        { id: "b", labels: {} },
        { id: "c", labels: { v: 1 } },
        { id: "a", status: "running" },
      ]);
      assert.deepEqual(await found(), [1, 4]);
      await executions.transition("a", { labels: { v: null } });
      assert.deepEqual(await found(), [1]);
      assert.equal(await executions.count({ labels: { kept: true } }), 1);
      assert.deepEqual(await executions.countBy({ label: "kept" }), [{ value: true, count: 1 }]);
      await executions.remove("c");
      assert.deepEqual(await found(), []);
      await assert.rejects(
        store.transaction(async (tx) => {
          await tx.executions.create({ id: "d", labels: { v: 5 } });
          assert.equal(await tx.executions.count({ labels: { v: { gte: 5 } } }), 1);
          throw new RangeError("undone");
        }),
        RangeError,
      );
      assert.deepEqual(await found(), []);
    },
  },
  {
    name: "executions are counted by status, definition and label, the most frequent first",
    async run({ store: { definitions, executions } }) {
      assert.deepEqual(await executions.countBy("status"), []);
      await definitions.publish({ name: "order", document: 1 });
      await definitions.publish({ name: "bill", document: 1 });
      for (const [i, value] of ["x", 7, "x", true, 7, "x", "y"].entries()) {
        const definition = { name: i < 3 ? "order" : "bill", version: 1 };
        await executions.create({
          ...(i < 6 ? { definition } : {}),
          labels: { v: value },
          status: i % 3 ? "pending" : "running",
        });
      }
      assert.deepEqual(await executions.countBy("status"), [
        { value: "pending", count: 4 },
        { value: "running", count: 3 },
      ]);
      assert.deepEqual(await executions.countBy("definition"), [
        { value: "bill", count: 3 },
        { value: "order", count: 3 },
      ]);
      assert.deepEqual(await executions.countBy({ label: "v" }), [
        { value: "x", count: 3 },
        { value: 7, count: 2 },
        { value: true, count: 1 },
        { value: "y", count: 1 },
      ]);
      assert.deepEqual(await executions.countBy({ label: "v" }, { definition: { name: "bill" }, limit: 1 }), [
        { value: true, count: 1 },
      ]);
      assert.deepEqual(await executions.countBy({ label: "w" }), []);
    },
  },
  {
    name: "texts and names up to the limit are searched by range, and longer ones by equality only",
    async run({ store: { executions } }) {
      const at = "é".repeat(500);
      const above = `${at}x`;
      const name = "n".repeat(255);
      await executions.createMany([
        { id: "at", labels: { v: at, [name]: 1 } },
        { id: "above", labels: { v: above, [`${name}n`]: 1 } },
      ]);
      assert.equal(await executions.count({ labels: { v: { gte: "a" } } }), 1);
      assert.equal(await executions.count({ labels: { v: { gte: at } } }), 1);
      assert.equal(await executions.count({ labels: { v: above } }), 1);
      assert.equal(await executions.count({ labels: { [name]: { gt: 0 } } }), 1);
      await refuses(executions.count({ labels: { v: { gte: above } } }), "labels.v.gte");
      await refuses(executions.count({ labels: { [`${name}n`]: { gt: 0 } } }), "a name in labels");
      assert.equal(await executions.count({ labels: { [`${name}n`]: 1 } }), 1);
    },
  },
  {
    name: "a range, an order or a grouping that is none is refused by the name of its field",
    async run({ store: { executions } }) {
      const ranges: readonly (readonly [string, unknown])[] = [
        ["labels.v", {}],
        ["labels.v", null],
        ["labels.v.eq", { eq: 1 }],
        ["labels.v", [1]],
        ["labels.v", { gt: 1, lt: "2" }],
        ["labels.v", { gt: 1, gte: 1 }],
        ["labels.v", { lt: 1, lte: 1 }],
        ["labels.v.gt", { gt: Number.NaN }],
        ["labels.v.lte", { lte: Number.POSITIVE_INFINITY }],
        ["labels.v.lt", { lt: null }],
        ["labels.v.gte", { gte: true }],
        ["labels.v.gte", { gte: "\0" }],
      ];
      for (const [field, range] of ranges) {
        await refuses(executions.list({ labels: { v: range } as Labels }), field);
        await refuses(executions.countBy("status", { labels: { v: range } as Labels }), field);
      }
      const many = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`l${i}`, { gt: 1 }]));
      await refuses(executions.count({ labels: many }), "labels");
      const { l0: _, ...twenty } = many;
      assert.equal(await executions.count({ labels: twenty }), 0);
      const orders: readonly (readonly [string, ExecutionQuery])[] = [
        ["orderBy", { orderBy: null as unknown as { label: string } }],
        ["orderBy.label", { orderBy: { label: "" } }],
        ["order", { orderBy: { label: "v" }, order: "up" as "asc" }],
        ["after", { orderBy: { label: "v" }, after: "1.1" }],
        ["after", { orderBy: { label: "v" }, after: Buffer.from('["1","x"]').toString("base64url") }],
        ["query", null as unknown as ExecutionQuery],
      ];
      for (const [field, query] of orders) await refuses(executions.list(query), field);
      await refuses(executions.countBy("queue" as "status"), "by");
      await refuses(executions.countBy(null as unknown as "status"), "by");
      await refuses(executions.countBy({ label: "" }), "by.label");
      await refuses(executions.countBy("status", { limit: 1001 }), "limit");
      await refuses(executions.countBy("status", null as unknown as object), "filter");
    },
  },
];

async function refuses(call: Promise<unknown>, field: string): Promise<void> {
  await assert.rejects(call, { code: "invalid_input", facts: { field } }, field);
}

/** One execution for each value, created in their order. */
async function fill({ executions }: Store): Promise<void> {
  await executions.createMany(values.map((v) => ({ labels: { v } })));
}

/** The values of the label `v` of what a query finds. */
async function valuesOf(store: Store, query: ExecutionQuery): Promise<readonly unknown[]> {
  return (await everything(store, query)).map(({ labels }) => labels["v"]);
}

/** What is on all pages of a list. */
async function everything(
  { executions }: Store,
  query: ExecutionQuery,
): Promise<Awaited<ReturnType<Store["executions"]["list"]>>["items"]> {
  const items: Awaited<ReturnType<Store["executions"]["require"]>>[] = [];
  let after: string | undefined;
  do {
    const page = await executions.list({ ...query, after });
    items.push(...page.items);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return items;
}
