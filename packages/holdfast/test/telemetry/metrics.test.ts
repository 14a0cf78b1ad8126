import { describe, expect, onTestFinished, test } from "vitest";
import { openStore, type Store } from "../../src/index.ts";
import { testStore } from "../../src/testing/index.ts";
import { urlOf } from "../locks/support.ts";
import { describeOnEach, describeOnServers } from "../support/databases.ts";
import { scrape } from "./scrape.ts";

const unfinished: ReadonlySet<string> = new Set(["blocked", "scheduled", "ready", "running"]);
const SECRET = "hunter2";

/** A store with work in every state. */
async function fill(store: Store): Promise<void> {
  const payload = { password: SECRET };
  await store.jobs.pushMany(Array.from({ length: 30 }, () => ({ queue: "bulk", payload })));
  await store.jobs.pushMany(Array.from({ length: 4 }, () => ({ queue: "mail", payload })));
  await store.jobs.push({ queue: "mail", delayMs: 3_600_000 });
  const first = await store.jobs.push({ queue: "mail", maxAttempts: 1 });
  await store.jobs.push({ queue: "mail", after: [first.id] });
  await store.jobs.push({ queue: 'odd "name"\\\nof a queue' });
  const [done, failed, ...held] = await store.jobs.claim({ queues: ["mail"], limit: 4 });
  if (done === undefined || failed === undefined) throw new Error("Nothing was claimed");
  expect(held).toHaveLength(2);
  await store.jobs.complete(done, { result: SECRET });
  await store.jobs.fail(failed, { error: SECRET, final: true });
  await store.queues.pause("mail");
  await store.executions.create({ id: "one", queue: "flows", input: SECRET });
  await store.executions.create({ id: "two", status: "running" });
  await store.executions.setStatus("two", "failed", { error: SECRET });
  await store.timers.schedule({ executionId: "one", step: "due", fireAt: new Date(1) });
  await store.timers.schedule({ executionId: "one", step: "later", afterMs: 3_600_000 });
  await store.correlations.wait({ key: "k", executionId: "one", step: "s" });
  await store.correlations.deliver({ key: "early", payload: SECRET });
  await store.kv.set({ prefix: "p", key: "k", value: Buffer.from(SECRET) });
}

describeOnEach("metrics", (database) => {
  test("say what the store holds", async () => {
    await using store = await openStore(await database.prepared());
    await fill(store);
    const { contentType } = await store.metrics();
    expect(contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
    const found = await scrape(store);
    expect(found.value("holdfast_up")).toBe(1);
    for (const queue of ["mail", "bulk"]) {
      const counts = Object.entries(await store.queues.counts(queue));
      const isSaid = ([status, count]: readonly [string, number]): boolean => count > 0 || unfinished.has(status);
      expect(found.by("holdfast_jobs", "status", { queue })).toEqual(Object.fromEntries(counts.filter(isSaid)));
    }
    const jobs = { blocked: 1, scheduled: 1, ready: 1, running: 2, succeeded: 1, dead: 1 };
    expect(found.by("holdfast_jobs", "status", { queue: "mail" })).toEqual(jobs);
    expect(found.by("holdfast_queued_executions", "state")).toEqual({ scheduled: 0, ready: 1, running: 0 });
    expect(found.by("holdfast_queue_paused", "queue", { kind: "job" })).toMatchObject({ mail: 1, bulk: 0 });
    expect(found.value("holdfast_oldest_ready_seconds", { queue: "bulk", kind: "job" })).toBeGreaterThan(0);
    expect(found.by("holdfast_executions", "status")).toMatchObject({
      pending: 1,
      running: 0,
      failed: 1,
      succeeded: 0,
    });
    expect(found.by("holdfast_timers", "status")).toMatchObject({ scheduled: 2, claimed: 0 });
    expect(found.by("holdfast_due", "noun")).toEqual({ timers: 1, schedules: 0 });
    expect(found.value("holdfast_lateness_seconds", { noun: "timers" })).toBeGreaterThan(1e9);
    expect(found.by("holdfast_waits", "status")).toEqual({ waiting: 1 });
    expect(found.by("holdfast_events", "status")).toEqual({ kept: 1 });
    const tables = (await store.stats()).tables.map(({ name }) => name);
    expect(Object.keys(found.by("holdfast_table_bytes", "table")).toSorted()).toEqual(tables.toSorted());
    const migrations = await store.migrations();
    expect(found.value("holdfast_schema_version")).toBe(migrations.at(-1)?.number);
  });

  test("count what this process did, and its statements", async () => {
    await using store = await openStore({ ...(await database.options()), schema: "counting" });
    await fill(store);
    await expect(store.executions.create({ id: "one" })).rejects.toThrow("exists");
    const rolledBack = store.transaction(async (tx) => {
      await tx.jobs.push({ queue: "mail" });
      throw new Error("undone");
    });
    await expect(rolledBack).rejects.toThrow("undone");
    const found = await scrape(store);
    expect(found.value("holdfast_jobs_pushed_total")).toBe(38);
    expect(found.value("holdfast_jobs_claimed_total")).toBe(4);
    expect(found.by("holdfast_jobs_ended_total", "status")).toEqual({ succeeded: 1, dead: 1, canceled: 0 });
    expect(found.value("holdfast_executions_created_total")).toBe(2);
    expect(found.by("holdfast_executions_ended_total", "status")).toMatchObject({ failed: 1, succeeded: 0 });
    const { count, buckets } = found.histogram("holdfast_statement_duration_seconds", 'statement="jobs/pushChunks"');
    expect(count).toBe(1);
    expect(buckets).toHaveLength(15);
    expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
    expect(buckets.at(-1)).toBe(1);
    expect(found.value("holdfast_statement_rows_total", { statement: "kv/setEntry" })).toBe(1);
    const failed = { statement: "executions/createExecutions", code: "HF007" };
    expect(found.value("holdfast_statement_errors_total", failed)).toBe(1);
    expect(found.value("holdfast_connections_max")).toBe((await store.stats()).connections.max);
  });

  test("count the end of an execution once, however often it is written afterwards", async () => {
    await using store = await openStore({ ...(await database.options()), schema: "ending" });
    const ended: string[] = [];
    store.on("execution.ended", ({ id }) => ended.push(id));
    const end = { status: "succeeded" } as const;
    const ids = ["saved", "saved-many", "changed", "stepped", "recorded", "completed"];
    await store.executions.createMany(ids.map((id) => ({ id })));
    await store.executions.transition("stepped", end);
    await store.executions.transition("recorded", { ...end, tasks: [{ name: "last", status: "succeeded" }] });
    for (const round of ["1", "2", "3"]) {
      // Labels are what may still change.
      for (const id of ["saved", "stepped", "recorded"]) {
        await store.executions.save({ id, ...end, labels: { round } });
      }
      await store.executions.saveMany(["saved", "saved-many"].map((id) => ({ id, ...end, labels: { round } })));
      await store.executions.setStatus("changed", "succeeded");
      await store.executions.complete("completed");
      await store.transaction((tx) => tx.executions.save({ id: "saved", labels: { round } }));
    }
    const found = await scrape(store);
    expect(found.by("holdfast_executions_ended_total", "status")).toMatchObject({ succeeded: ids.length });
    expect(ended.toSorted()).toEqual(ids.toSorted());
  });

  test("never hold a payload, a result, an error or a value", async () => {
    await using store = await openStore({ ...(await database.options()), schema: "secretive" });
    await fill(store);
    expect((await scrape(store)).text).not.toContain(SECRET);
  });
});

describe("metrics of queues", () => {
  test("escape their names", async () => {
    await using context = await testStore();
    const { store } = context;
    const queue = 'a "quoted"\\\nname';
    await store.jobs.push({ queue });
    const { text } = await scrape(store);
    expect(text).toContain(String.raw`holdfast_jobs{queue="a \"quoted\"\\\nname",status="ready"} 1`);
  });

  test("count up to a limit, and ended jobs exactly", async () => {
    await using context = await testStore();
    const { store } = context;
    await store.jobs.pushMany(Array.from({ length: 60 }, () => ({ queue: "q" })));
    await store.executions.createMany(Array.from({ length: 7 }, () => ({})));
    const claimed = await store.jobs.claim({ queues: ["q"], limit: 20 });
    await store.jobs.completeMany(claimed.map((claim) => ({ claim })));
    const found = await scrape(store, { countUpTo: 5 });
    expect(found.by("holdfast_jobs", "status", { queue: "q" })).toMatchObject({ ready: 5, succeeded: 20 });
    expect(found.by("holdfast_executions", "status")).toMatchObject({ pending: 5 });
    await expect(store.metrics({ countUpTo: 0 })).rejects.toMatchObject({ facts: { field: "countUpTo" } });
  });

  test("age with the clock of the database", async () => {
    await using context = await testStore();
    const { store, clock } = context;
    await store.jobs.push({ queue: "q" });
    await clock.advance(90_000);
    const age = (await scrape(store)).value("holdfast_oldest_ready_seconds", { queue: "q", kind: "job" });
    expect(age).toBeGreaterThanOrEqual(90);
    expect(age).toBeLessThan(120);
  });
});

describe("metrics of retention", () => {
  test("say how late it is", async () => {
    await using context = await testStore({ retention: { jobs: 60_000, executions: 60_000 } });
    const { store, clock } = context;
    const hour = 3_600_000;
    await store.retainWhenDue();
    await store.jobs.push({ queue: "q" });
    const [job] = await store.jobs.claim({ queues: ["q"], limit: 1 });
    if (job) await store.jobs.complete(job);
    await clock.advance(hour);
    const late = await scrape(store);
    expect(late.value("holdfast_retention_lag_seconds", { kind: "jobs" })).toBeGreaterThanOrEqual(3540);
    expect(late.value("holdfast_retention_lag_seconds", { kind: "executions" })).toBe(0);
    expect(late.value("holdfast_retention_overdue_seconds")).toBeGreaterThanOrEqual(3300);
    await store.retainWhenDue();
    const done = await scrape(store);
    expect(done.value("holdfast_retention_lag_seconds", { kind: "jobs" })).toBe(0);
    expect(done.value("holdfast_retention_overdue_seconds")).toBe(0);
  });
});

describeOnServers("metrics without a database", (database) => {
  test("say that it is down, and still what this process did", async () => {
    const store = await openStore({ url: await urlOf(database), schema: "down", poolMin: 0 });
    onTestFinished(() => store.close());
    await store.jobs.push({ queue: "q" });
    await database.drop();
    const found = await scrape(store);
    expect(found.value("holdfast_up")).toBe(0);
    expect(found.value("holdfast_jobs_pushed_total")).toBe(1);
    expect(found.value("holdfast_schema_version")).toBeUndefined();
  });
});

test("a closed store has no metrics", async () => {
  const store = await openStore({ memory: true });
  await store.close();
  await expect(store.metrics()).rejects.toThrow("The store is closed");
});
