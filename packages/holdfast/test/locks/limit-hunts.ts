import { randomUUID } from "node:crypto";
import { ids, one, some } from "./chance.ts";
import type { Hunt } from "./support.ts";

const executionIds = ids("execution", 3);
const queues = ids("queue", 3);
const groups = ids("group", 4);

/** Hunts among jobs of queues and groups with limits, whose claims follow each other by locks of the queues. */
export const limitHunts: readonly Hunt[] = [
  {
    name: "jobs of queues and groups with limits that are claimed, ended, canceled and removed",
    prepare: async (store) => {
      await store.executions.saveMany(executionIds.map((id) => ({ id })));
      for (const queue of queues) {
        await store.queues.configure(queue, { concurrency: 8, concurrencyPerGroup: 2 });
      }
    },
    calls: [
      (store) =>
        store.jobs.pushMany(
          Array.from({ length: 6 }, () => ({ id: randomUUID(), queue: one(queues), group: one(groups) })),
        ),
      async (store) => {
        const jobs = await store.jobs.claim({ queues: some(queues, 2), limit: 6, leaseMs: 50 });
        await Promise.all([
          store.jobs.completeMany(some(jobs, 4).map((claim) => ({ claim }))),
          store.jobs.failMany(some(jobs, 4).map((claim) => ({ claim, retryAfterMs: 0 }))),
          store.jobs.releaseMany(some(jobs, 4).map((claim) => ({ claim }))),
          ...some(jobs, 2).map((job) => store.jobs.cancel(job.id)),
        ]);
      },
      async (store) => {
        await store.jobs.cancelAll({ queue: one(queues), limit: 5 });
        await store.jobs.retryAll({ queue: one(queues), limit: 5 });
        await store.jobs.rescue();
        await store.queues.configure(one(queues), { concurrencyPerGroup: 2 });
      },
      (store) =>
        store.executions.transition(one(executionIds), {
          state: 1,
          jobs: [{ queue: one(queues), group: one(groups), uniqueKey: one(groups), onConflict: "replace" }],
        }),
    ],
  },
];
