import type { ClaimedJob, Store, TransitionInput } from "../../src/index.ts";
import { allowing, maybe } from "./batch-hunts.ts";
import { batchOf, chance, mixedIds, one, some } from "./chance.ts";
import type { Hunt } from "./support.ts";

/** Hunts with steps of many parts, starts, and the removal of what they work on. */

const executionIds = mixedIds("execution", 5);
const taskIds = mixedIds("task", 8);
const jobIds = mixedIds("job", 6);
const names = mixedIds("name", 6);

async function makeExecutions(store: Store): Promise<void> {
  await store.executions.saveMany(executionIds.map((id) => ({ id })));
}

/** A task belongs to one execution, whichever call makes it. */
function ownerOf(id: string): string {
  return executionIds[id.length % executionIds.length] ?? "";
}

/** A step of an execution with most of the parts that a step may have. */
function stepOf(executionId: string): TransitionInput {
  const taskInputs = batchOf(taskIds, "step-task").filter((id) => ownerOf(id) === executionId);
  return {
    ...(chance() < 0.7 ? { state: 1 } : {}),
    tasks: taskInputs.map((id) => ({ id, name: id })),
    components: batchOf(names, "step-component").map((component) => ({ component, state: 1 })),
    waits: some(names, 2).map((key) => ({ key, step: one(names), ttlMs: 100 })),
    timers: some(names, 2).map((dedupeKey) => ({ step: "s", dedupeKey, afterMs: 0 })),
    jobs: batchOf(jobIds, "step-job").map((id) => ({ id, queue: "steps", uniqueKey: maybe(id) })),
    history: [{ kind: "step" }],
  };
}

/** One of the ways in which a step ends a claim. */
function settling(claim: ClaimedJob): TransitionInput {
  const at = chance();
  if (at < 0.4) return { complete: [{ claim }] };
  return at < 0.7 ? { fail: [{ claim, retryAfterMs: 0 }] } : { release: [{ claim, priority: 1 }] };
}

/** What workers do with the jobs and timers that steps make. */
async function work(store: Store): Promise<void> {
  const [jobs, timers] = await Promise.all([
    store.jobs.claim({ queues: ["steps"], limit: 6, leaseMs: 60_000 }),
    store.timers.claim({ limit: 6, leaseMs: 60_000 }),
  ]);
  const [first] = jobs;
  if (first?.executionId) {
    const step = { ...stepOf(first.executionId), ...settling(first) };
    await allowing(store.executions.transition(first.executionId, step));
  }
  await Promise.all([
    store.jobs.completeMany(some(jobs, 5).map((claim) => ({ claim }))),
    store.timers.acknowledgeMany(some(timers, 6)),
  ]);
}

async function transition(store: Store): Promise<unknown> {
  const id = one(executionIds);
  const [jobs, waits] = await Promise.all([
    store.jobs.list({ executionId: id, limit: 20 }),
    store.correlations.list({ executionId: id, limit: 20 }),
  ]);
  const cancelJobs = some(jobs.items, 1).map((job) => job.id);
  const cancelWaits = some(waits.items, 2).map((wait) => wait.id);
  return allowing(store.executions.transition(id, { ...stepOf(id), cancelJobs, cancelWaits }));
}

export const stepHunts: readonly Hunt[] = [
  {
    name: "steps of many parts, deliveries and workers, with retention beside",
    prepare: makeExecutions,
    calls: [
      transition,
      transition,
      work,
      (store) => store.correlations.deliverMany(some(names, 4).map((key) => ({ key, ttlMs: 50 }))),
      (store) => Promise.all(executionIds.map((id) => store.executions.addUsage(id, { n: 1 }))),
      (store) => store.retain({ jobs: 0, deadJobs: 0, timers: 0, events: 0, executions: 0 }),
    ],
  },
  {
    name: "steps of many parts of executions that are removed and made again",
    prepare: makeExecutions,
    calls: [
      transition,
      work,
      (store) =>
        allowing(
          store.tasks.saveMany(batchOf(taskIds, "task").map((id) => ({ id, executionId: ownerOf(id), name: id }))),
        ),
      (store) =>
        Promise.all(some(taskIds, 4).map((id) => allowing(store.tasks.setStatus(id, "running", { output: 1 })))),
      (store) => Promise.all(some(executionIds, 2).map((id) => store.executions.remove(id))),
      (store) => allowing(store.executions.saveMany(some(executionIds, 4).map((id) => ({ id })))),
    ],
  },
];
