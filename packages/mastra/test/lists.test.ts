import { randomBytes } from "node:crypto";
import type { WorkflowRunState } from "@mastra/core/workflows";
import { openStore, type Store, type Transaction } from "holdfast";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastStorage, HoldfastWorkflows } from "../src/index.ts";

const total = 1500;

const at = (i: number) => new Date(1_700_000_000_000 + i * 1000);

const snapshotOf = (runId: string, status: string, context: object = {}): WorkflowRunState =>
  ({ runId, status, context, value: {}, activePaths: [], suspendedPaths: {}, timestamp: 1 }) as never;

describeOnEach("Mastra's runs", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
    const runs = new HoldfastWorkflows(store);
    const persist = async (i: number): Promise<void> => {
      const runId = `r${i}`;
      // The oldest are the only ones with the rare values.
      const snapshot = snapshotOf(runId, i < 8 ? "suspended" : "success");
      const key = { workflowName: i < 8 ? "rare" : "common", runId, resourceId: i < 8 ? "ada" : "bob" };
      await runs.persistWorkflowSnapshot({ ...key, snapshot, createdAt: at(i), updatedAt: at(i) });
    };
    // Not more at once than a pool has connections: on a busy machine, others would wait in vain.
    const atOnce = 10;
    for (let i = 0; i < total; i += atOnce) await Promise.all(Array.from({ length: atOnce }, (_, j) => persist(i + j)));
    await store.transaction((tx) => tx.query("analyze holdfast.executions, holdfast.execution_labels"));
  });
  afterAll(() => store.close());

  test.each([
    ["status", { status: "suspended" }],
    ["workflow", { workflowName: "rare" }],
    ["resource", { resourceId: "ada" }],
    ["workflow and status", { workflowName: "rare", status: "suspended" }],
    ["dates", { fromDate: at(0), toDate: at(7) }],
    ["status and dates", { status: "suspended", fromDate: at(0), toDate: at(7) }],
  ] as const)("are listed by %s without reading the others", async (_, filter) => {
    await store.transaction(async (tx) => {
      const before = await read(tx);
      const page = await new HoldfastWorkflows(tx).listWorkflowRuns({ ...filter, page: 1, perPage: 3 });
      const rows = (await read(tx)) - before;
      expect({ total: page.total, ids: page.runs.map(({ runId }) => runId) }).toEqual({
        total: 8,
        ids: ["r4", "r3", "r2"],
      });
      expect(rows).toBeLessThan(total / 2);
    });
  });

  test("move from one status to another in the lists", async () => {
    const runs = new HoldfastWorkflows(store);
    const key = { workflowName: "moves", runId: "m" };
    const listed = async (status: string) => {
      const { runs: found } = await runs.listWorkflowRuns({ workflowName: "moves", status: status as never });
      return found.map(({ runId }) => runId);
    };
    await runs.persistWorkflowSnapshot({ ...key, snapshot: snapshotOf("m", "running") });
    expect(await listed("running")).toEqual(["m"]);
    await runs.persistWorkflowSnapshot({ ...key, snapshot: snapshotOf("m", "failed") });
    expect(await listed("running")).toEqual([]);
    expect(await listed("failed")).toEqual(["m"]);
    await runs.deleteWorkflowRunById(key);
  });

  test("write about as much as a step has, however much the run has", async () => {
    const runs = new HoldfastWorkflows(store);
    const key = { workflowName: "large", runId: "large" };
    const step = () => ({ status: "success", output: randomBytes(50_000).toString("base64") });
    const context: Record<string, unknown> = {};
    for (let i = 0; i < 20; i++) context[`step ${i}`] = step();
    await runs.persistWorkflowSnapshot({ ...key, snapshot: snapshotOf("large", "running", context) });
    const snapshot = snapshotOf("large", "running", { ...context, last: step() });
    const rows = await store.transaction(async (tx) => {
      const before = await written(tx);
      await new HoldfastWorkflows(tx).persistWorkflowSnapshot({ ...key, snapshot });
      return (await written(tx)) - before;
    });
    // PostgreSQL keeps 2,000 bytes in a row. The step has 67,000, and the run above a million.
    expect(rows).toBeGreaterThan(30);
    expect(rows).toBeLessThan(100);
    await runs.deleteWorkflowRunById(key);
  });

  test("are pruned by age, in batches, if the storage has a retention", async () => {
    const retention = { workflows: { workflowSnapshot: { maxAge: "1d", batchSize: 100 } } } as const;
    const fresh = { workflowName: "fresh", runId: "fresh" };
    const storage = new HoldfastStorage(store, { retention });
    const runs = new HoldfastWorkflows(store);
    await runs.persistWorkflowSnapshot({ ...fresh, snapshot: snapshotOf("fresh", "running") });
    expect(await new HoldfastStorage(store).prune()).toEqual([]);
    const result = { domain: "workflows", table: "workflowSnapshot" };
    expect(await storage.prune({ maxBatches: 2 })).toEqual([{ ...result, deleted: 200, done: false }]);
    expect(await storage.prune()).toEqual([{ ...result, deleted: total - 200, done: true }]);
    expect((await runs.listWorkflowRuns()).runs.map(({ runId }) => runId)).toEqual(["fresh"]);
  });

  test("are pruned beside traces, messages and scores", async () => {
    const policy = { maxAge: "1d" } as const;
    const retention = { observability: { spans: policy }, memory: { messages: policy, threads: policy } };
    const storage = new HoldfastStorage(store, { retention });
    const span = { traceId: "t", parentSpanId: null, name: "n", spanType: "agent_run", isEvent: false };
    const old = { ...span, spanId: "a", startedAt: at(0) };
    const young = { ...span, traceId: "u", spanId: "b", startedAt: new Date() };
    await storage.stores?.observability?.batchCreateSpans({ records: [old, young] as never });
    const thread = { resourceId: "r", createdAt: at(0), updatedAt: at(0), metadata: {} };
    await storage.stores?.memory?.saveThread({ thread: { id: "old", ...thread } });
    await storage.stores?.memory?.saveThread({ thread: { id: "young", ...thread, createdAt: new Date() } });
    const pruned = (await storage.prune()).map(({ table, deleted }) => [table, deleted]);
    expect(pruned).toEqual([
      ["spans", 1],
      ["messages", 0],
      ["threads", 1],
    ]);
    expect(await storage.stores?.observability?.getTrace({ traceId: "t" })).toBeNull();
    expect(await storage.stores?.memory?.getThreadById({ threadId: "young" })).not.toBeNull();
  });
});

describeOnEach("Mastra's records", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
    const { memory, observability } = new HoldfastStorage(store).stores ?? {};
    const own = (i: number) => (i < 8 ? "rare" : "common");
    const messages = Array.from({ length: total }, (_, i) => ({
      id: `m${i}`,
      threadId: own(i),
      resourceId: own(i),
      role: "user" as const,
      createdAt: at(i),
      content: { format: 2 as const, parts: [], metadata: { mark: own(i) } },
    }));
    // In fewer rows, the planner would rather look through all than through an index over labels.
    const threads = Array.from({ length: total * 2 }, (_, i) => {
      return { id: `t${i}`, resourceId: own(i), createdAt: at(i), updatedAt: at(i), metadata: { mark: own(i) } };
    });
    const spans = Array.from({ length: total * 4 }, (_, i) => {
      const span = { traceId: `m${i}`, spanId: "s", parentSpanId: null, name: "n", spanType: "agent_run" };
      return { ...span, isEvent: false, startedAt: at(i), endedAt: at(i), entityName: own(i), userId: own(i) };
    });
    await memory?.saveMessages({ messages });
    await store.transaction(async (tx) => {
      const inside = new HoldfastStorage(tx).stores?.memory;
      for (const thread of threads) await inside?.saveThread({ thread });
    });
    await observability?.batchCreateSpans({ records: spans as never });
    await store.transaction(async (tx) => {
      // As autovacuum does: new entries of the index over labels wait in a list that is read one by one.
      await tx.query("select gin_clean_pending_list('holdfast.kv_entries_labels')");
      // By default, a sample of 101 labels that happens to have a rare one makes the planner expect a hundredth of all entries.
      await tx.query("alter table holdfast.kv_entries alter column labels set statistics 1000");
      await tx.query("analyze holdfast.kv_entries");
    });
  });
  afterAll(() => store.close());

  const page = { page: 1, perPage: 3, orderBy: { field: "createdAt", direction: "DESC" } } as const;
  type Stores = NonNullable<HoldfastStorage["stores"]>;
  const messagesOf = async ({ memory }: Stores, args: object) => {
    const { total: count, messages } = (await memory?.listMessages({ ...page, ...args } as never)) ?? {};
    return { total: count, ids: messages?.map(({ id }) => id) };
  };
  const threadsOf = async ({ memory }: Stores, filter: object) => {
    const { total: count, threads } = (await memory?.listThreads({ ...page, filter })) ?? {};
    return { total: count, ids: threads?.map(({ id }) => id.replace("t", "m")) };
  };
  const tracesOf = async ({ observability }: Stores, filters: object) => {
    const { pagination, spans } =
      (await observability?.listTraces({ pagination: { page: 1, perPage: 3 }, filters })) ?? {};
    return { total: pagination?.total, ids: spans?.map(({ traceId }) => traceId) };
  };
  const dateRange = { start: at(0), end: at(7) };

  test.each<[string, (stores: Stores) => Promise<unknown>]>([
    ["messages of a thread", (stores) => messagesOf(stores, { threadId: "rare" })],
    ["messages of a thread and a resource", (stores) => messagesOf(stores, { threadId: "rare", resourceId: "rare" })],
    [
      "messages by metadata",
      (stores) => messagesOf(stores, { threadId: "rare", filter: { metadata: { mark: "rare" } } }),
    ],
    ["messages by time", (stores) => messagesOf(stores, { threadId: ["rare", "common"], filter: { dateRange } })],
    ["threads of a resource", (stores) => threadsOf(stores, { resourceId: "rare" })],
    ["threads by metadata", (stores) => threadsOf(stores, { metadata: { mark: "rare" } })],
    ["traces by a field", (stores) => tracesOf(stores, { userId: "rare" })],
    ["traces by time", (stores) => tracesOf(stores, { startedAt: dateRange })],
    ["traces by a field and time", (stores) => tracesOf(stores, { entityName: "rare", startedAt: dateRange })],
  ])("are listed without reading the others: %s", async (_, list) => {
    await store.transaction(async (tx) => {
      // As for a disk without moving heads. By the default, both ways cost nearly the same for so few rows.
      await tx.query("select set_config('random_page_cost', '1.1', true)");
      // A walk along the key until a page is full would be as cheap too, but it is never short if few entries match.
      await tx.query("select set_config('enable_indexscan', 'off', true)");
      const before = await read(tx);
      const found = await list(new HoldfastStorage(tx).stores ?? {});
      const rows = (await read(tx)) - before;
      expect(found).toEqual({ total: 8, ids: ["m4", "m3", "m2"] });
      expect(rows).toBeLessThan(total / 2);
    });
  });

  test("are taken in full by discovery, which reads each value once", async () => {
    await store.transaction(async (tx) => {
      const before = await read(tx);
      const found = await new HoldfastStorage(tx).stores?.observability?.getEntityNames({});
      const rows = (await read(tx)) - before;
      expect(found?.names).toEqual(["common", "rare"]);
      expect(rows).toBeLessThan(total / 10);
    });
  });
});

/** The rows and the entries of indexes of executions and labels that a transaction has read. */
async function read(tx: Transaction): Promise<number> {
  const { rows } = await tx.query(
    `select sum(pg_stat_get_xact_tuples_returned(oid))::int8 as read
     from pg_class where relnamespace = 'holdfast'::regnamespace and relkind in ('r', 'i')`,
  );
  return Number(rows[0]?.["read"]);
}

/** The rows that a transaction has written, large values counted by their pieces. */
async function written(tx: Transaction): Promise<number> {
  const { rows } = await tx.query(
    `select sum(pg_stat_get_xact_tuples_inserted(stored.oid) + pg_stat_get_xact_tuples_updated(stored.oid))::int8 as written
     from pg_class as named
     join pg_class as stored on stored.oid in (named.oid, named.reltoastrelid)
     where named.relnamespace = 'holdfast'::regnamespace and named.relkind = 'r'`,
  );
  return Number(rows[0]?.["written"]);
}
