import type { TransitionInput } from "../../src/executions/index.ts";
import type { ClaimedJob, Store } from "../../src/index.ts";
import { allowing } from "./batch-hunts.ts";
import { chance, ids, mixedIds, one, some } from "./chance.ts";
import type { Hunt } from "./support.ts";

/** Hunts with executions that end together, while others work on what they own. */

const parentIds = ids("ending", 4);
const childIds = parentIds.flatMap((id) => [`${id}-a`, `${id}-b`]);
const executionIds = [...parentIds, ...childIds];
const keys = mixedIds("end", 5);
const leaseMs = 60_000;

/** Creates those that are missing: children have greater ids than their parents, as generated ids do. */
async function make(store: Store): Promise<void> {
  await Promise.all(parentIds.map((id) => allowing(store.executions.create({ id }))));
  await Promise.all(childIds.map((id) => allowing(store.executions.create({ id, parentId: id.slice(0, -2) }))));
}

/** A step that ends an execution, and at times a job of it. */
function endOf(first: ClaimedJob | undefined): TransitionInput {
  return {
    ...(first === undefined ? {} : { complete: [{ claim: first }] }),
    end: { status: "succeeded", children: chance() < 0.3 ? "cancel" : "leave" },
  };
}

async function work(store: Store): Promise<void> {
  const jobs = await store.jobs.claim({ queues: ["ending"], limit: 6, leaseMs });
  const [first, second] = jobs;
  await Promise.all([
    allowing(store.jobs.heartbeat(some(jobs, 3), { leaseMs })),
    allowing(
      store.executions.heartbeat(
        some(executionIds, 3).map((id) => ({ id, holder: "me" })),
        { leaseMs },
      ),
    ),
    store.jobs.completeMany(some(jobs, 3).map((claim) => ({ claim }))),
    ...[first, second].map((claim) =>
      claim?.executionId && chance() < 0.5
        ? allowing(store.executions.transition(claim.executionId, endOf(claim)))
        : null,
    ),
  ]);
}

export const endHunts: readonly Hunt[] = [
  {
    name: "executions that end together while others work on their jobs, timers, waits and leases",
    prepare: make,
    calls: [
      async (store) => {
        await make(store);
        await Promise.all(
          some(executionIds, 5).map((id) =>
            allowing(
              store.executions.transition(id, {
                jobs: [{ queue: "ending" }, { queue: "ending" }],
                timers: [{ step: "s", afterMs: 0 }],
                waits: [{ step: one(keys), key: one(keys) }],
              }),
            ),
          ),
        );
      },
      work,
      work,
      (store) => Promise.all(some(parentIds, 2).map((id) => store.executions.cancel(id, { tree: chance() < 0.5 }))),
      (store) =>
        Promise.all(some(executionIds, 3).map((id) => allowing(store.executions.transition(id, endOf(undefined))))),
      (store) =>
        Promise.all([
          store.correlations.deliverMany(some(keys, 3).map((key) => ({ key, ttlMs: 50 }))),
          ...some(executionIds, 3).map((id) => allowing(store.history.append(id, [{ kind: "k" }]))),
          ...some(executionIds, 2).map((id) => allowing(store.executions.acquireLease(id, { holder: "me", leaseMs }))),
        ]),
      async (store) => {
        await store.jobs.cancelAll({ queue: "ending", limit: 10 });
        await allowing(store.executions.remove(one(parentIds)));
      },
    ],
  },
];
