import type { ClaimedJob, Store } from "../../src/index.ts";
import { chance, ids, one, some } from "./chance.ts";
import type { Hunt } from "./support.ts";

const executionIds = ids("execution", 3);
const taskIds = ids("task", 8);
const [rootTask = "", ...childTasks] = taskIds;
const components = ids("component", 4);
const keys = ids("key", 4);

let ordinal = 0;

/** A name that nothing else has. Those made later are less as often as greater, as callers' own names are. */
function fresh(kind: string): string {
  return `${kind}-${chance().toString(36).slice(2, 6)}-${++ordinal}`;
}

async function makeExecutions(store: Store): Promise<void> {
  await store.executions.saveMany(executionIds.map((id) => ({ id })));
}

/** A tree of tasks in each execution's name; ids grow downwards. */
async function makeTasks(store: Store): Promise<void> {
  await makeExecutions(store);
  await store.tasks.saveMany(
    taskIds.map((id) => ({ id, executionId: "execution-00", parentId: id === rootTask ? null : rootTask, name: id })),
  );
}

/** New jobs of a queue of their own, claimed. */
async function claimed(store: Store, count: number, executionId?: string): Promise<readonly ClaimedJob[]> {
  const queue = fresh("queue");
  await store.jobs.pushMany(Array.from({ length: count }, () => ({ id: fresh("job"), queue, executionId })));
  return store.jobs.claim({ queues: [queue], limit: count, leaseMs: 60_000 });
}

/** Saves of several tasks, in an order of chance, some of them new. */
function taskInputs(): readonly { id: string; name: string; executionId: string }[] {
  const executionId = "execution-00";
  return [...some(taskIds, 3), fresh("task")].map((id) => ({ id, executionId, name: id }));
}

/** Hunts in all places where a caller may hold one lock and want another: with ids in different orders, or of several nouns. */
export const hunts: readonly Hunt[] = [
  {
    name: "saves, statuses and propagation of tasks, bare and in a locked execution",
    prepare: makeTasks,
    calls: [
      (store) => store.tasks.saveMany(taskInputs()),
      (store) => store.executions.transition("execution-00", { tasks: taskInputs() }),
      (store) => store.tasks.propagate(one(childTasks)),
      (store) => Promise.all(some(childTasks, 3).map((id) => store.tasks.addUsage(id, { tokens: 1 }))),
      (store) =>
        store.executions.transition("execution-00", {
          state: 1,
          taskStatuses: some(childTasks, 2).map((id) => ({ id, status: "running" })),
        }),
      (store) =>
        store.transaction(async (tx) => {
          await tx.executions.lock("execution-00");
          await tx.tasks.saveMany(taskInputs());
        }),
    ],
  },
  {
    name: "changes and leases of several executions",
    prepare: makeExecutions,
    calls: [
      (store) => store.executions.saveMany(some(executionIds, 3).map((id) => ({ id, status: "running" }))),
      (store) => store.executions.transition(one(executionIds), { state: 1, history: [{ kind: "step" }] }),
      (store) => store.executions.addUsage(one(executionIds), { tokens: 1 }),
      (store) => store.executions.acquireLease(one(executionIds), { holder: "me", leaseMs: 10 }),
      (store) =>
        store.executions.heartbeat(
          some(executionIds, 3).map((id) => ({ id, token: 1 })),
          { leaseMs: 10 },
        ),
    ],
  },
  {
    name: "what belongs to an execution, bare and under its lock",
    prepare: makeExecutions,
    calls: [
      (store) => store.components.saveMany(stateInputs()),
      (store) => store.history.append(one(executionIds), [{ kind: "entry" }, { kind: "entry" }]),
      (store) => store.timers.scheduleMany(timerInputs()),
      (store) =>
        store.transaction(async (tx) => {
          const id = one(executionIds);
          await tx.executions.lock(id);
          await tx.components.saveMany(stateInputs(id));
          await tx.timers.scheduleMany(timerInputs(id));
          await tx.history.append(id, [{ kind: "entry" }]);
        }),
      (store) => {
        const id = one(executionIds);
        return store.executions.transition(id, {
          components: stateInputs(id),
          timers: timerInputs(id),
          history: [{ kind: "entry" }],
        });
      },
    ],
  },
  {
    name: "waits and deliveries of several keys, bare and in steps",
    prepare: makeExecutions,
    calls: [
      (store) => store.correlations.waitMany(some(keys, 3).map(waitOf)),
      (store) => store.correlations.deliverMany(some(keys, 3).map((key) => ({ key, ttlMs: 50 }))),
      (store) =>
        store.executions.transition(one(executionIds), {
          state: 1,
          waits: some(keys, 2).map((key) => ({ key, step: fresh("step") })),
        }),
      (store) => store.timers.claim({ limit: 3, leaseMs: 50 }),
      (store) =>
        store.transaction(async (tx) => {
          const delivered = await tx.correlations.deliver({ key: one(keys), to: "all", ttlMs: 50 });
          const resumed = delivered.outcome === "delivered" ? delivered.waits : [];
          for (const id of new Set(resumed.map((wait) => wait.executionId)).values()) {
            return tx.executions.transition(id, { state: 2, history: [{ kind: "resumed" }] });
          }
          return null;
        }),
    ],
  },
  {
    name: "timers that are claimed, answered, canceled and scheduled anew",
    prepare: makeExecutions,
    calls: [
      (store) => store.timers.scheduleMany(timerInputs()),
      async (store) => {
        const timers = await store.timers.claim({ limit: 3, leaseMs: 60_000 });
        for (const timer of timers.slice(0, 1)) {
          await store.executions.transition(timer.executionId, {
            state: 1,
            acknowledge: timers.filter(({ executionId }) => executionId === timer.executionId),
            timers: [{ step: "again", afterMs: 0 }],
          });
        }
      },
      async (store) => {
        const { items } = await store.timers.list({ limit: 20 });
        for (const timer of some(items, 2)) await store.timers.cancel(timer.id);
      },
    ],
  },
  {
    name: "jobs that are claimed, completed, failed, released and canceled in batches",
    prepare: () => Promise.resolve(),
    calls: [
      async (store) => store.jobs.pushMany(Array.from({ length: 6 }, () => ({ id: fresh("job"), queue: "shared" }))),
      async (store) => {
        const jobs = await store.jobs.claim({ queues: ["shared"], limit: 6, leaseMs: 1000 });
        await Promise.all([
          store.jobs.completeMany(some(jobs, 4).map((claim) => ({ claim }))),
          store.jobs.failMany(some(jobs, 4).map((claim) => ({ claim, retryAfterMs: 0 }))),
          store.jobs.releaseMany(some(jobs, 4).map((claim) => ({ claim }))),
          store.jobs.heartbeat(some(jobs, 6), { leaseMs: 1000 }),
          ...some(jobs, 2).map((job) => store.jobs.cancel(job.id)),
        ]);
      },
    ],
  },
  {
    name: "jobs that come after others while those end",
    // Each call is eight writes at once. A job that becomes ready between two pushes is locked last by the one, and in its place by
    // the other: up to 16 were seen. Locked by id alone, without a thought of what is blocked, they were 300 and more.
    deadlocksPerThousand: 30,
    prepare: () => Promise.resolve(),
    calls: [
      async (store) => {
        const jobs = await claimed(store, 3);
        const parents = jobs.map((job) => job.id);
        const between = fresh("job");
        await store.jobs.push({ id: between, queue: "between", after: some(parents, 2) });
        await Promise.all([
          store.jobs.completeMany(some(jobs, 2).map((claim) => ({ claim }))),
          store.jobs.push({ id: fresh("job"), queue: "last", after: [between, ...some(parents, 2)] }),
          store.jobs.push({ id: fresh("job"), queue: "last", after: [...some(parents, 3), between] }),
          ...jobs.map((claim) => store.jobs.complete(claim)),
        ]);
      },
    ],
  },
  {
    name: "steps of one execution that end its jobs and push what comes after all of them",
    prepare: makeExecutions,
    calls: [
      async (store, turn) => {
        const id = "execution-00";
        const jobs = await claimed(store, 3, id);
        const next = { id: fresh("job"), queue: "next", after: jobs.map((job) => job.id) };
        await Promise.all(
          jobs.map((claim) =>
            store.executions.transition(id, {
              ...(turn % 2 === 0 ? { state: 1 } : {}),
              complete: [{ claim }],
              jobs: [next],
            }),
          ),
        );
      },
    ],
  },
  {
    name: "steps that push under the unique key of the job that another step ends",
    // 1 was seen in 1,000.
    deadlocksPerThousand: 1,
    prepare: makeExecutions,
    calls: [
      async (store) => {
        const queue = fresh("queue");
        const job = { queue, uniqueKey: "advance", executionId: "execution-00" };
        await store.jobs.push(job);
        const [claim] = await store.jobs.claim({ queues: [queue], limit: 1 });
        if (claim === undefined) return;
        await Promise.all([
          store.executions.transition("execution-00", { state: 1, complete: [{ claim }] }),
          store.executions.transition("execution-00", { state: 2, jobs: [job] }),
          store.jobs.push({ ...job, onConflict: "replace" }),
          store.transaction(async (tx) => {
            await tx.executions.lock("execution-00");
            await tx.jobs.push(job);
          }),
        ]);
      },
    ],
  },
  {
    name: "starts of executions whose first jobs share unique keys and come after others, and steps that push such",
    prepare: makeExecutions,
    calls: [
      (store) => store.executions.start({ parentId: one(executionIds), jobs: keyedJobs() }),
      (store) => store.executions.start({ id: fresh("execution"), idempotencyKey: one(keys), jobs: keyedJobs() }),
      (store) => store.executions.transition(one(executionIds), { state: 1, jobs: keyedJobs() }),
      (store) =>
        store.transaction(async (tx) => {
          await tx.executions.lock(one(executionIds));
          await tx.executions.start({ jobs: keyedJobs() });
        }),
      async (store) => {
        const jobs = await store.jobs.claim({ queues: ["keyed"], limit: 6, leaseMs: 1000 });
        await store.jobs.completeMany(some(jobs, 4).map((claim) => ({ claim })));
      },
    ],
  },
  {
    name: "work under an execution's lock, its steps, and its removal",
    prepare: () => Promise.resolve(),
    calls: [
      async (store) => {
        const { execution } = await store.executions.create({ id: fresh("execution") });
        const [claim] = await claimed(store, 1, execution.id);
        if (claim === undefined) return;
        // One of the first two completes the job, the other may find it done or everything gone.
        await Promise.allSettled([
          store.executions.transition(execution.id, { state: 1, complete: [{ claim }], history: [{ kind: "step" }] }),
          store.transaction(async (tx) => {
            await tx.executions.lock(execution.id);
            await tx.jobs.complete(claim);
          }),
          store.jobs.push({ queue: "next", after: [claim.id], executionId: execution.id }),
          store.executions.remove(execution.id),
        ]);
      },
    ],
  },
];

function stateInputs(
  executionId = one(executionIds),
): readonly { executionId: string; component: string; state: number }[] {
  return [...some(components, 2), fresh("component")].map((component) => ({ executionId, component, state: 1 }));
}

function timerInputs(
  executionId = one(executionIds),
): readonly { executionId: string; step: string; dedupeKey: string; afterMs: number }[] {
  return [...some(keys, 2), fresh("key")].map((dedupeKey) => ({ executionId, step: "step", dedupeKey, afterMs: 0 }));
}

/** Jobs under keys in an order of chance, and one that comes after the first of them. */
function keyedJobs(): readonly { id: string; queue: string; uniqueKey?: string; after?: readonly string[] }[] {
  const jobs = some(keys, 2).map((uniqueKey) => ({
    id: fresh("job"),
    queue: "keyed",
    uniqueKey,
    onConflict: one(["keep", "replace"] as const),
  }));
  return [...jobs, { id: fresh("job"), queue: "keyed", after: jobs.map(({ id }) => id) }];
}

function waitOf(key: string): { key: string; executionId: string; step: string; ttlMs: number } {
  return { key, executionId: one(executionIds), step: fresh("step"), ttlMs: 50 };
}
