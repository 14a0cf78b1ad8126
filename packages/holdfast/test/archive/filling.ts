import type { Store } from "../../src/index.ts";

/** What JSON keeps and texts of PostgreSQL do not, and numbers that JavaScript's would round. */
export const nasty = { text: '\0 \ud800 \u2028 \r\n "quoted" ✓', deep: [{ "": null }], number: 0.1 };

/** The tables in which {@link fillStore} leaves something: give a new one a row there, and name it here. */
export const filledTables: readonly string[] = [
  "definitions",
  "executions",
  "execution_labels",
  "component_states",
  "tasks",
  "history_heads",
  "history_entries",
  "history_forks",
  "waits",
  "ended_waits",
  "events",
  "timers",
  "queues",
  "jobs",
  "job_dependencies",
  "kv_entries",
  "schedules",
  "snapshots",
  "snapshot_versions",
  "checkpoint_threads",
  "checkpoints",
  "checkpoint_parts",
  "checkpoint_writes",
  "blob_spaces",
  "blob_contents",
  "blobs",
  "blob_chunks",
];

/** Fills a store with something of everything, through its API. Ids are such that children come before their parents. */
export async function fillStore(store: Store): Promise<void> {
  await fillExecutions(store);
  await fillWork(store);
  await fillHistory(store);
  await store.schedules.save({
    id: "s",
    queue: "reports",
    cron: "30 2 * * *",
    timeZone: "Europe/Berlin",
    payload: nasty,
  });
  await store.schedules.trigger("s");
  await store.kv.set({ prefix: "", key: "", value: new Uint8Array([0, 255]) });
  await store.kv.set({ prefix: "a|b", key: "c", value: null, ttlMs: 3_600_000 });
  await store.blobs.upload("blob", new Uint8Array(3_000_000).fill(7), { contentType: "text/plain" });
  await store.snapshots.write({ persistenceId: "p", version: 1n, payload: Buffer.from([0, 255, 10]), keep: 3 });
  const parts = [{ name: "a", version: "1", value: Buffer.from([0, 255]) }];
  await store.checkpoints.write({
    thread: "t",
    id: "1",
    labels: { ü: 1.5 },
    state: new Uint8Array(3),
    parts,
    ttlMs: 3_600_000,
  });
  await store.checkpoints.addWrites({
    thread: "t",
    id: "1",
    task: "a",
    writes: [{ name: "n", value: Buffer.from([1]) }],
  });
  await store.snapshots.write({ persistenceId: "p", version: 2n, payload: new Uint8Array(3000), keep: 3 });
}

async function fillExecutions(store: Store): Promise<void> {
  await store.definitions.publish({ name: "d", document: { steps: ["a"] }, status: "active" });
  await store.definitions.publish({ name: "d", document: { steps: ["a", "b"] } });
  await store.executions.create({
    id: "parent",
    definition: { name: "d", version: "active" },
    labels: { customer: "c", ü: 1.5 },
    input: nasty,
    state: null,
    idempotencyKey: "key",
  });
  await store.executions.create({ id: "child", parentId: "parent", status: "running", strategy: "race" });
  await store.executions.create({ id: "other" });
  await store.executions.addUsage("parent", { tokens: 7 });
  await store.executions.acquireLease("parent", { holder: "holder", leaseMs: 3_600_000 });
  await store.components.save({ executionId: "parent", component: "c", state: nasty });
  await store.tasks.saveMany([
    { id: "t2", executionId: "parent", name: "root", type: "composite" },
    { id: "t1", executionId: "parent", name: "leaf", parentId: "t2", agent: "a", action: "b", input: nasty },
    { id: "t3", executionId: "parent", name: "late", type: "composite" },
  ]);
  await store.tasks.addUsage("t1", { tokens: 7, cost: 0.25 });
  await store.tasks.save({ id: "t2", executionId: "parent", name: "root", type: "composite", parentId: "t3" });
}

async function fillWork(store: Store): Promise<void> {
  await store.correlations.wait({ key: "k", executionId: "parent", step: "s", expiresAt: new Date("2100-01-01") });
  await store.correlations.deliver({ key: "kept", payload: nasty });
  await store.correlations.wait({ key: "taken", executionId: "child", step: "s" });
  await store.correlations.deliver({ key: "taken", payload: 1, dedupeId: "dedupe" });
  await store.timers.schedule({ executionId: "parent", step: "s", fireAt: new Date(1), payload: nasty });
  await store.timers.schedule({ executionId: "child", step: "s", afterMs: 3_600_000, dedupeKey: "dedupe" });
  await store.timers.claim({ limit: 1, leaseMs: 3_600_000, holder: "h" });
  await store.jobs.pushMany([
    { id: "j1", queue: "q", payload: nasty, executionId: "parent", uniqueKey: "u" },
    { id: "j2", queue: "q", after: ["j1"], executionId: "parent" },
    { id: "j3", queue: "other", priority: 3, runAt: new Date("2100-01-01") },
  ]);
  await store.jobs.claim({ queues: ["q"], limit: 1, leaseMs: 3_600_000, holder: "h" });
  await store.jobs.push({ id: "j4", queue: "q", executionId: "child" });
  await store.queues.pause("paused");
}

async function fillHistory(store: Store): Promise<void> {
  await store.history.append("parent", [{ kind: "a", payload: nasty }, { kind: "b" }]);
  await store.history.append("other", [{ kind: "c", payload: null }]);
  await store.executions.setStatus("other", "failed", { error: nasty });
  await store.executions.fork("parent", { id: "fork", at: 1 });
  await store.history.append("fork", [{ kind: "own" }]);
  await store.executions.fork("fork", { id: "fork of fork", parentId: "parent" });
  await store.history.append("fork of fork", [{ kind: "own" }]);
}
