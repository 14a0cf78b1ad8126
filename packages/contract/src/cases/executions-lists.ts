import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { ContractCase } from "../case.ts";

type ExecutionQuery = NonNullable<Parameters<Store["executions"]["list"]>[0]>;

/** How executions are found. */
export const executionsListCases: readonly ContractCase[] = [
  {
    name: "filters apply before the limit, and all of them together",
    async run({ store, clock }) {
      const { definitions, executions } = store;
      await definitions.publish({ name: "n", document: 1 });
      await definitions.publish({ name: "n", document: 2 });
      await executions.create({ id: "p" });
      await clock.advance(10_000);
      const middle = await clock.now();
      for (let i = 0; i < 6; i++) {
        await executions.create({
          id: `e${i}`,
          definition: { name: "n", version: i < 4 ? 1 : 2 },
          status: i % 2 ? "running" : "pending",
          ...(i < 2 ? { parentId: "p" } : {}),
          labels: i % 3 === 0 ? { tier: "gold", n: i } : {},
        });
      }
      await executions.setStatus("e5", "failed");
      const found = async (query: ExecutionQuery): Promise<string> => (await everything(store, query)).join(" ");
      assert.equal(await found({}), "p e0 e1 e2 e3 e4 e5");
      assert.equal(await found({ order: "desc" }), "e5 e4 e3 e2 e1 e0 p");
      assert.equal(await found({ definition: { name: "n" } }), "e0 e1 e2 e3 e4 e5");
      assert.equal(await found({ definition: { name: "n", version: 2 } }), "e4 e5");
      assert.equal(await found({ status: "running" }), "e1 e3");
      assert.equal(await found({ status: ["running", "failed"] }), "e1 e3 e5");
      assert.equal(await found({ parentId: "p" }), "e0 e1");
      assert.equal(await found({ labels: { tier: "gold" } }), "e0 e3");
      assert.equal(await found({ labels: { tier: "gold", n: 3 } }), "e3");
      assert.equal(await found({ labels: {}, status: "failed" }), "e5");
      assert.equal(await found({ createdBefore: middle }), "p");
      assert.equal(await found({ createdAfter: middle, status: "pending", order: "desc" }), "e4 e2 e0");
      assert.equal(await executions.count({ createdAfter: middle, status: ["pending", "running"] }), 5);
      assert.equal(await executions.count({ definition: { name: "m" } }), 0);
    },
  },
  {
    name: "pages follow each other without gaps, also among executions of one moment",
    async run({ store }) {
      const ids = Array.from({ length: 25 }, (_, i) => `e${String(i).padStart(2, "0")}`);
      await store.executions.createMany(ids.map((id) => ({ id })));
      assert.deepEqual(await everything(store, { limit: 7 }), ids);
      assert.deepEqual(await everything(store, { limit: 25, order: "desc" }), ids.toReversed());
    },
  },
  {
    name: "executions are found by the event that they wait for",
    async run({ store }) {
      await store.executions.createMany([{ id: "a" }, { id: "b" }, { id: "c" }]);
      await store.correlations.wait({ key: "k", executionId: "a", step: "1" });
      await store.correlations.wait({ key: "k", executionId: "a", step: "2" });
      await store.correlations.wait({ key: "k", executionId: "c", step: "1" });
      await store.correlations.wait({ key: "other", executionId: "b", step: "1" });
      assert.deepEqual(await everything(store, { correlationKey: "k" }), ["a", "c"]);
      assert.equal(await store.executions.count({ correlationKey: "none" }), 0);
    },
  },
  {
    name: "children are listed by their parent",
    async run({ store: { executions } }) {
      await executions.createMany([
        { id: "p" },
        { id: "b", parentId: "p" },
        { id: "a", parentId: "p" },
        { id: "x", parentId: "a" },
      ]);
      const { items } = await executions.children("p");
      assert.deepEqual(
        items.map(({ id }) => id),
        ["b", "a"],
      );
    },
  },
  {
    name: "a list without payloads reads none",
    async run({ store: { executions } }) {
      await executions.create({ id: "e", input: "large", state: 1, labels: { a: 1 } });
      const [lean] = (await executions.list({ payloads: false })).items;
      const [full] = (await executions.list()).items;
      assert.equal(full?.input, "large");
      assert.deepEqual({ ...full, input: undefined, state: undefined }, lean);
    },
  },
  {
    name: "a filter, a limit or a cursor that is none is refused",
    async run({ store: { executions } }) {
      const refused = { code: "invalid_input" };
      await assert.rejects(executions.list({ status: [] }), refused);
      await assert.rejects(executions.list({ status: "done" as "failed" }), refused);
      await assert.rejects(executions.list({ limit: 1001 }), refused);
      await assert.rejects(executions.list({ payloads: 0 as unknown as boolean }), refused);
      await assert.rejects(executions.list({ order: "no" as "asc" }), refused);
      await assert.rejects(executions.list({ after: "e1" }), refused);
      await assert.rejects(executions.list({ createdAfter: new Date(Number.NaN) }), refused);
      await assert.rejects(executions.count({ labels: { a: "\0" } }), refused);
      await assert.rejects(executions.children(""), refused);
    },
  },
];

/** The ids of all pages of a list, in small pages unless the query says otherwise. */
async function everything({ executions }: Store, query: ExecutionQuery): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await executions.list({ limit: 2, ...query, after });
    ids.push(...page.items.map(({ id }) => id));
    after = page.next ?? undefined;
  } while (after !== undefined);
  return ids;
}
