import type { TransitionInput } from "../../src/executions/index.ts";
import type { ClaimedJob, Store } from "../../src/index.ts";
import { allowing, maybe } from "./batch-hunts.ts";
import { batchOf, chance, mixedIds, one, some } from "./chance.ts";
import type { Hunt } from "./support.ts";

/** Hunts with steps of many parts, starts, and the removal of what they work on. */

const executionIds = mixedIds("execution", 5);
const taskIds = mixedIds("task", 8);
const jobIds = mixedIds("job", 6);
const names = mixedIds("name", 6);
const parkedIds = mixedIds("parked", 5);

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

/** A step that makes what an execution that fails has to clear. */
function pushStep(store: Store, id: string): Promise<unknown> {
  return store.executions.transition(id, {
    jobs: [{ queue: "fatal" }],
    timers: [{ step: "s", afterMs: 60_000 }],
    waits: [{ step: one(names), key: one(names) }],
  });
}

async function parkSome(store: Store): Promise<void> {
  const claims = await store.executions.claim({ queues: ["parks", "children"], limit: 4, leaseMs: 60_000 });
  await Promise.all(
    claims.map(({ id, token }) => {
      const park = { waits: some(names, 2).map((key) => ({ key })), children: chance() < 0.5, afterMs: 20 };
      return allowing(store.executions.transition(id, { require: { token }, park }));
    }),
  );
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
    // Calls of several kinds that fly together, while their execution is removed.
    deadlocksPerThousand: 1,
  },
  {
    name: "jobs that executions fail with, which end in batches, in steps and with lost leases",
    prepare: makeExecutions,
    calls: [
      (store) =>
        allowing(
          store.jobs.pushMany(
            some(executionIds, 4).map((executionId) => ({
              queue: "fatal",
              executionId,
              failsExecution: chance() < 0.3,
              maxAttempts: 2,
            })),
          ),
        ),
      (store) => Promise.all(some(executionIds, 4).map((id) => allowing(pushStep(store, id)))),
      async (store) => {
        const leaseMs = chance() < 0.2 ? 10 : 60_000;
        const jobs = await store.jobs.claim({ queues: ["fatal"], limit: 8, leaseMs });
        const [first] = jobs;
        if (first?.executionId && leaseMs > 10) {
          await allowing(store.executions.transition(first.executionId, { fail: [{ claim: first, final: true }] }));
        }
        await Promise.all([
          store.jobs.completeMany(some(jobs, 3).map((claim) => ({ claim }))),
          store.jobs.failMany(some(jobs, 4).map((claim) => ({ claim, final: chance() < 0.5, retryAfterMs: 0 }))),
        ]);
      },
      (store) => store.jobs.rescue({ queues: ["fatal"] }),
      (store) => Promise.all(some(executionIds, 2).map((id) => store.executions.cancel(id))),
      async (store) => {
        await Promise.all(some(executionIds, 2).map((id) => allowing(store.executions.remove(id))));
        await allowing(store.executions.saveMany(executionIds.map((id) => ({ id }))));
      },
    ],
  },
  {
    name: "executions that are parked, woken by calls, events and the ends of children, and ended",
    prepare: async (store) => {
      // Those of the hunts before are in no queue.
      for (const id of executionIds) await store.executions.remove(id);
      await store.executions.createMany(executionIds.map((id) => ({ id, queue: "parks" })));
    },
    calls: [
      parkSome,
      parkSome,
      (store) => Promise.all(some(executionIds, 4).map((id) => store.executions.wake(id))),
      (store) => store.correlations.deliverMany(some(names, 4).map((key) => ({ key, ttlMs: 50 }))),
      async (store) => {
        const parentId = one(executionIds.slice(0, 3));
        const id = `child-of-${parentId}`;
        await allowing(store.executions.create({ id, parentId, queue: "children" }));
        await store.executions.cancel(id);
        await store.executions.remove(id);
      },
      async (store) => {
        await store.executions.cancel(one(executionIds));
        // Not of one that may have a child, which may just be ending: its end locks the child before the parent.
        await allowing(store.executions.remove(one(executionIds.slice(3))));
        await allowing(
          Promise.all(executionIds.map((id) => allowing(store.executions.create({ id, queue: "parks" })))),
        );
      },
    ],
  },
  {
    name: "executions that wait, park and end while their waits are delivered to and expire",
    prepare: async (store) => {
      await store.executions.createMany(parkedIds.map((id) => ({ id, queue: "parked" })));
    },
    calls: [
      async (store) => {
        for (const { id, token } of await store.executions.claim({ queues: ["parked"], limit: 2, leaseMs: 1000 })) {
          await allowing(
            store.executions.transition(id, {
              require: { token },
              waits: some(names, 2).map((key) => ({ key, step: one(names), ttlMs: 20 })),
              park: { waits: some(names, 2).map((key) => ({ key, step: one(names), ttlMs: 30 })), afterMs: 40 },
            }),
          );
        }
      },
      (store) => allowing(store.correlations.deliver({ key: one(names), to: "all", ttlMs: 20 })),
      (store) => allowing(store.correlations.deliverMany(some(names, 3).map((key) => ({ key, ttlMs: 20 })))),
      async (store) => {
        const timers = await store.timers.claim({ limit: 4, leaseMs: 30 });
        for (const timer of timers.slice(0, 1)) {
          await allowing(store.executions.transition(timer.executionId, { state: 1, acknowledge: [timer] }));
        }
      },
      async (store) => {
        const id = one(parkedIds);
        await store.executions.cancel(id);
        await store.executions.remove(id);
        await allowing(store.executions.create({ id, queue: "parked" }));
      },
    ],
  },
];
