import { newId, openStore, type Store, type Transaction } from "holdfast";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { HoldfastWorkflowStore } from "../src/index.ts";

const total = 800;
const few = 8;

/** What a list of three runs may read: much less than a row for each run. */
const rowsMax = total / 4;

describeOnEach("in a store of many runs", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
    const runs = new HoldfastWorkflowStore(store);
    const lease = { leaseOwner: "lost", leaseMs: 0 };
    // Runs as large as real ones are: of small ones, the planner would rather read all.
    const input = "x".repeat(1500);
    // The oldest are the only ones with the rare values.
    const create = async (i: number): Promise<void> => {
      const runId = `r${i}`;
      const workflowId = i < few ? "rare" : "common";
      await runs.createRun({ runId, workflowId, input, now: i });
      await runs.upsertSchedule({ ...scheduleOf(i), enabled: true, nextFireAt: i < few ? i : 1e6 + i, now: i });
      await runs.scheduleTimer({ runId, workflowId, wakeAt: i < few ? i : 1e6 + i, signalId: "t", now: i });
      await runs.claimRun({ runId, ...lease, leaseMs: i < few ? 0 : 1e6, now: i });
      if (i >= few) await runs.markRunPaused({ runId, waitingFor: { signalName: "go" }, now: i });
    };
    const atOnce = 10;
    for (let i = 0; i < total; i += atOnce) await Promise.all(Array.from({ length: atOnce }, (_, j) => create(i + j)));
    await store.transaction((tx) =>
      tx.query("analyze holdfast.executions, holdfast.execution_labels, holdfast.kv_entries"),
    );
  });
  afterAll(() => store.close());

  /** What a call answers, and how many rows and entries of indexes it reads. */
  async function measured<T>(call: (runs: HoldfastWorkflowStore) => Promise<T>): Promise<{ value: T; rows: number }> {
    return store.transaction(async (tx) => {
      const before = await rowsRead(tx);
      const value = await call(new HoldfastWorkflowStore(tx));
      return { value, rows: (await rowsRead(tx)) - before };
    });
  }

  test.each([
    ["no filter", {}, ["r799", "r798", "r797"]],
    ["a common status", { status: "paused" }, ["r799", "r798", "r797"]],
    ["a rare status", { status: "running" }, ["r7", "r6", "r5"]],
    ["a rare workflow", { workflowId: "rare" }, ["r7", "r6", "r5"]],
    ["workflow and status", { workflowId: "rare", status: "running" }, ["r7", "r6", "r5"]],
    ["workflow and a status that it has not", { workflowId: "rare", status: "paused" }, []],
    ["a cursor", { status: "running", cursor: "6" }, ["r1", "r0"]],
  ] as const)("a list by %s reads its own runs only", async (_, filter, ids) => {
    const list = async (runs: HoldfastWorkflowStore) => runs.listRuns({ ...filter, limit: 3 });
    // The first call skips what the changes of the set-up left in the indexes, as a vacuum would.
    await list(new HoldfastWorkflowStore(store));
    const { value, rows } = await measured(list);
    expect(value.map(({ runId }) => runId)).toEqual(ids);
    expect(rows).toBeLessThan(rowsMax);
  });

  test("claims read what is due, the earliest first", async () => {
    const claim = () => ({ now: 5000, limit: 3, leaseOwner: newId(), leaseMs: 1e6 });
    const stale = await measured((runs) => runs.claimStaleRuns(claim()));
    expect(stale.value.map(({ run }) => run.runId)).toEqual(["r0", "r1", "r2"]);
    expect(stale.rows).toBeLessThan(rowsMax);
    const timers = await measured((runs) => runs.claimDueTimers(claim()));
    expect(timers.value.map(({ runId }) => runId)).toEqual(["r0", "r1", "r2"]);
    expect(timers.rows).toBeLessThan(rowsMax);
    const buckets = await measured((runs) => runs.claimDueScheduleBuckets(claim()));
    expect(buckets.value.map(({ scheduleId }) => scheduleId)).toEqual(["s0", "s1", "s2"]);
    expect(buckets.rows).toBeLessThan(rowsMax);
  });

  test("a schedule whose bucket has started is read no more, until it is due again", async () => {
    const runs = new HoldfastWorkflowStore(store);
    const claim = { now: 5000, limit: 99, leaseOwner: "sweeper", leaseMs: 9 };
    await claimAndStart(runs, { ...claim, now: 2e6, leaseOwner: "other" });
    const { value, rows } = await measured((inside) => inside.claimDueScheduleBuckets(claim));
    expect(value).toEqual([]);
    expect(rows).toBeLessThan(20);
    const again = { ...scheduleOf(0), enabled: true, now: 1 };
    await runs.upsertSchedule({ ...again, nextFireAt: 0 });
    expect(await runs.claimDueScheduleBuckets(claim)).toEqual([]);
    await runs.upsertSchedule({ ...again, nextFireAt: 4000 });
    await runs.upsertSchedule({ ...again, nextFireAt: 4500 });
    expect((await runs.claimDueScheduleBuckets(claim)).map(({ fireAt }) => fireAt)).toEqual([4500]);
    await runs.upsertSchedule({ ...again, nextFireAt: 4500, enabled: false });
    expect(await runs.claimDueScheduleBuckets(claim)).toEqual([]);
  });
});

function scheduleOf(i: number) {
  const schedule = { kind: "interval", everyMs: 1 } as const;
  return { scheduleId: `s${i}`, workflowId: "common", schedule, overlapPolicy: "skip" } as const;
}

async function claimAndStart(
  runs: HoldfastWorkflowStore,
  claim: Parameters<HoldfastWorkflowStore["claimDueScheduleBuckets"]>[0],
): Promise<void> {
  for (const { scheduleId, bucketId, runId } of await runs.claimDueScheduleBuckets(claim)) {
    await runs.markScheduleBucketStarted({ scheduleId, bucketId, runId, now: claim.now });
  }
}

/** The rows and the entries of indexes that a transaction has read of Holdfast's tables. */
async function rowsRead(tx: Transaction): Promise<number> {
  const { rows } = await tx.query(
    `select sum(pg_stat_get_xact_tuples_returned(oid))::int8 as read
     from pg_class where relnamespace = 'holdfast'::regnamespace and relkind in ('r', 'i')`,
  );
  return Number(rows[0]?.["read"]);
}
