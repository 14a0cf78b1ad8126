import {
  ConflictError,
  DuplicateError,
  InvalidInputError,
  LeaseLostError,
  NotFoundError,
  type Store,
} from "../../src/index.ts";
import { batchOf, chance, mixedIds, newIds, one, some } from "./chance.ts";
import type { Hunt } from "./support.ts";

/** Hunts with batches of one noun that overlap, in orders of chance: some of their rows are there, others are made by several at once. */

const executionIds = mixedIds("execution", 7);
const taskIds = mixedIds("task", 12);
const jobIds = mixedIds("job", 7);
const names = mixedIds("name", 10);
const bytes = new Uint8Array(8);

/** What a caller gets where another was first, or has removed what the call refers to. */
export async function allowing(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => {
    const isExpected =
      error instanceof NotFoundError ||
      error instanceof DuplicateError ||
      error instanceof InvalidInputError ||
      error instanceof LeaseLostError ||
      (error instanceof ConflictError && error.facts["sqlstate"] !== "40P01");
    if (!isExpected) throw error;
  });
}

/** Some of the items, and at times nothing. */
export function maybe<T>(item: T): T | undefined {
  return chance() < 0.5 ? item : undefined;
}

async function makeExecutions(store: Store): Promise<void> {
  await store.executions.saveMany(executionIds.map((id) => ({ id })));
}

function executionInputs(): readonly { id: string }[] {
  return batchOf(executionIds, "execution").map((id) => ({
    id,
    state: 1,
    status: maybe("running" as const),
    parentId: newIds("execution", 8).includes(id) ? maybe(one(executionIds)) : undefined,
    labels: maybe({ label: 1 }),
    expectedVersion: chance() < 0.1 ? 0 : undefined,
  }));
}

function taskInputs(): readonly { id: string; name: string; executionId: string }[] {
  const isPlain = chance() < 0.5;
  return batchOf(taskIds, "task").map((id) => ({
    id,
    executionId: "execution",
    name: id,
    ...(isPlain ? {} : { parentId: maybe("root"), status: maybe("running" as const), agent: maybe("") }),
  }));
}

function jobInputs(): readonly { id: string; queue: string }[] {
  return batchOf(jobIds, "job").map((id) => ({ id, queue: "q", executionId: maybe(one(executionIds)) }));
}

/** Executions, tasks and what hangs on them. */
const treeHunts: readonly Hunt[] = [
  {
    name: "batches of executions that are saved, created, changed and removed",
    prepare: makeExecutions,
    calls: [
      (store) => allowing(store.executions.saveMany(executionInputs())),
      (store) => allowing(store.executions.saveMany(batchOf(executionIds, "execution").map((id) => ({ id })))),
      (store) =>
        allowing(
          store.executions.createMany(
            some(newIds("execution", 8), 3).map((id) => ({
              id,
              parentId: maybe(one(executionIds)),
              idempotencyKey: maybe(one(names)),
            })),
          ),
        ),
      (store) => Promise.all(some(executionIds, 4).map((id) => store.executions.setStatus(id, "running"))),
      (store) => allowing(store.executions.remove(one(newIds("execution", 8)))),
    ],
  },
  {
    name: "batches of tasks that are saved, changed and put under others",
    prepare: async (store) => {
      await store.executions.save({ id: "execution" });
      await store.tasks.save({ id: "root", executionId: "execution", name: "root" });
      await store.tasks.saveMany(taskIds.map((id) => ({ id, executionId: "execution", name: id, parentId: "root" })));
    },
    calls: [
      (store) => allowing(store.tasks.saveMany(taskInputs())),
      (store) => allowing(store.tasks.saveMany(taskInputs())),
      (store) =>
        allowing(
          store.tasks.createChildren(
            "root",
            some(newIds("task", 8), 3).map((id) => ({ id, name: id })),
          ),
        ),
      (store) => Promise.all(some(taskIds, 4).map((id) => store.tasks.setStatus(id, "running"))),
      (store) =>
        allowing(
          store.executions.transition("execution", {
            tasks: taskInputs().map(({ id, name }) => ({ id, name })),
            taskStatuses: some(taskIds, 2).map((id) => ({ id, status: "running" as const })),
          }),
        ),
    ],
  },
  {
    name: "batches of jobs that are pushed by id, by unique key and after others, and then ended",
    prepare: makeExecutions,
    calls: [
      (store) => allowing(store.jobs.pushMany(jobInputs())),
      (store) =>
        allowing(
          store.jobs.pushMany([
            ...jobInputs(),
            { queue: "q", id: `after-${one(newIds("job", 8))}`, after: some(jobIds, 1) },
          ]),
        ),
      (store) =>
        allowing(
          store.jobs.pushMany(
            some(names, 4).map((uniqueKey) => ({
              queue: "q",
              uniqueKey,
              onConflict: one(["keep", "replace"] as const),
              executionId: maybe(one(executionIds)),
            })),
          ),
        ),
      async (store) => {
        const jobs = await store.jobs.claim({ queues: ["q"], limit: 12, leaseMs: 60_000 });
        await Promise.all([
          store.jobs.completeMany(some(jobs, 6).map((claim) => ({ claim }))),
          store.jobs.failMany(some(jobs, 6).map((claim) => ({ claim, retryAfterMs: 0 }))),
          store.jobs.releaseMany(some(jobs, 6).map((claim) => ({ claim }))),
        ]);
        await store.jobs.cancelAll({ queue: "q", limit: 5 });
      },
      (store) => store.retain({ jobs: 0, deadJobs: 0 }),
    ],
  },
  {
    name: "batches of component states, timers and history",
    prepare: makeExecutions,
    calls: [
      (store) =>
        store.components.saveMany(
          batchOf(names, "component").map((component) => ({ executionId: one(executionIds), component, state: 1 })),
        ),
      (store) => Promise.all(some(names, 4).map((component) => store.components.remove(one(executionIds), component))),
      (store) =>
        store.timers.scheduleMany(
          batchOf(names, "timer").map((dedupeKey) => ({
            executionId: one(executionIds),
            step: "s",
            dedupeKey,
            afterMs: 0,
          })),
        ),
      async (store) => {
        const timers = await store.timers.claim({ limit: 8, leaseMs: 60_000 });
        await store.timers.releaseMany(some(timers, 4));
        await store.timers.acknowledgeMany(some(timers, 8));
        await store.timers.cancelAll({ executionId: one(executionIds) });
      },
      (store) => Promise.all(some(executionIds, 5).map((id) => store.history.append(id, [{ kind: "k" }]))),
    ],
  },
];

/** What stands by itself. */
const loneHunts: readonly Hunt[] = [
  {
    name: "batches of kv entries",
    prepare: () => Promise.resolve(),
    calls: [
      (store) => store.kv.setMany(batchOf(names, "key").map((key) => ({ prefix: "p", key, value: bytes }))),
      (store) =>
        Promise.all(
          batchOf(names, "key").map((key) =>
            store.kv.compareAndSet({ prefix: "p", key, value: bytes, expectedVersion: 0 }),
          ),
        ),
      (store) =>
        allowing(
          store.kv.setMany(
            batchOf(names, "key").map((key) => ({
              prefix: "p",
              key,
              value: bytes,
              expectedVersion: chance() < 0.05 ? 0 : undefined,
            })),
          ),
        ),
      (store) =>
        Promise.all(
          batchOf(names, "key").map(async (key) => {
            const version = (await store.kv.get("p", key))?.version ?? 0;
            await store.kv.compareAndSet({ prefix: "p", key, value: bytes, expectedVersion: version });
          }),
        ),
      (store) => store.kv.removeMany(batchOf(names, "key").map((key) => ({ prefix: "p", key }))),
      (store) => Promise.all(batchOf(names, "key").map((key) => store.kv.append({ prefix: "p", key, value: bytes }))),
    ],
  },
  {
    name: "batches of snapshots",
    prepare: () => Promise.resolve(),
    calls: [
      (store, turn) =>
        allowing(
          store.snapshots.writeMany(
            batchOf(names, "snapshot").map((persistenceId) => ({
              persistenceId,
              version: BigInt(turn + 1),
              payload: bytes,
              keep: 3,
            })),
          ),
        ),
      (store) => store.snapshots.removeMany(batchOf(names, "snapshot")),
      (store) => Promise.all(some(names, 3).map((id) => store.snapshots.prune(id, { keepLast: 1 }))),
      (store) => store.retain({ snapshots: 0 }),
    ],
  },
  {
    name: "checkpoints of few threads, and removals",
    prepare: () => Promise.resolve(),
    calls: [
      (store, turn) =>
        Promise.all(
          batchOf(names, "thread").map((thread) =>
            store.checkpoints.write({
              thread,
              id: `c${turn}`,
              labels: { run: turn % 2 },
              state: bytes,
              parts: [{ name: "a", version: `v${turn % 3}`, value: bytes }],
            }),
          ),
        ),
      (store, turn) =>
        Promise.all(
          batchOf(names, "thread").map((thread) =>
            store.checkpoints.addWrites({ thread, id: `c${turn}`, task: "t", writes: [{ name: "a", value: bytes }] }),
          ),
        ),
      (store) => store.checkpoints.removeThreads(batchOf(names, "thread")),
      (store) => Promise.all(some(names, 3).map((name) => store.checkpoints.prune(name))),
      (store, turn) => store.checkpoints.removeAll({ labels: { run: turn % 2 } }),
      (store) => store.retain(),
    ],
  },
  {
    name: "batches of schedules, and their ticks",
    prepare: () => Promise.resolve(),
    calls: [
      (store) =>
        store.schedules.saveMany(batchOf(names, "schedule").map((id) => ({ id, queue: "ticks", everyMs: 1000 }))),
      (store) => Promise.all(batchOf(names, "schedule").map((id) => store.schedules.pause(id))),
      (store) => Promise.all(batchOf(names, "schedule").map((id) => store.schedules.resume(id))),
      (store) => Promise.all(batchOf(names, "schedule").map((id) => store.schedules.remove(id))),
      (store) => Promise.all(batchOf(names, "schedule").map((id) => allowing(store.schedules.trigger(id)))),
      (store) => store.schedules.pushDue(),
    ],
  },
  {
    name: "versions of definitions, and the executions that refer to them",
    prepare: async (store) => {
      for (const name of names) await store.definitions.publish({ name, document: {}, status: "active" });
    },
    calls: [
      (store) =>
        Promise.all(some(names, 4).map((name) => store.definitions.publish({ name, document: {}, status: "active" }))),
      (store) => Promise.all(some(names, 4).map((name) => allowing(store.definitions.activate(name, 1)))),
      (store) => Promise.all(some(names, 4).map((name) => allowing(store.definitions.retire(name, 1)))),
      (store) => allowing(store.definitions.remove(one(names), 1 + Math.floor(chance() * 3), { cascade: true })),
      (store) =>
        allowing(
          store.executions.saveMany(
            batchOf(executionIds, "defined").map((id) => ({
              id,
              definition: maybe({ name: one(names), version: "latest" as const }),
            })),
          ),
        ),
    ],
  },
];

export const batchHunts: readonly Hunt[] = [...treeHunts, ...loneHunts];
