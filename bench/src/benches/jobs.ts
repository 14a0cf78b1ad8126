import type { Bench, Contender } from "../bench.ts";
import { callersName } from "../load.ts";
import { bullmqAdd, bullmqAddBulk, bullmqDrain, bullmqIdle } from "../peers/bullmq.ts";
import {
  graphileWorkerAdd,
  graphileWorkerAddMany,
  graphileWorkerDrain,
  graphileWorkerIdle,
} from "../peers/graphile-worker.ts";
import { handWritten } from "../peers/hand-written.ts";
import {
  holdfastDrain,
  holdfastIdle,
  holdfastPush,
  holdfastPushMany,
  holdfastPushUnnotified,
} from "../peers/holdfast-jobs.ts";
import { pgBossDrain, pgBossIdle, pgBossInsert, pgBossSend } from "../peers/pg-boss.ts";

const jobsPerCall = 1000;

const handWrittenQueue = `
  create table queue_jobs (
    id bigint generated always as identity primary key, queue text not null, priority int not null default 0,
    run_at timestamptz not null default now(), state text not null default 'ready', payload json
  );
  create index queue_jobs_ready on queue_jobs (queue, priority, run_at, id) where state = 'ready'`;

/** One job a call. */
export const pushOne: Bench = {
  name: "push-one",
  measures: "One job is added a call, by callers of one process that each wait for their call.",
  unit: "jobs",
  cases: (size) => [
    ...[1, 10, 50, 500].map((callers) => {
      const load = { callers, size };
      return {
        name: callersName(callers),
        contenders: [
          holdfastPush(load),
          graphileWorkerAdd(load),
          pgBossSend(load),
          bullmqAdd(load),
          handWritten(load, {
            schema: handWrittenQueue,
            call: (pool, i) =>
              pool.query({
                name: "push",
                text: "insert into queue_jobs (queue, payload) values ($1, $2) returning id",
                values: ["noop", JSON.stringify({ i })],
              }),
            check: ["select count(*) from queue_jobs", (calls) => calls],
          }),
        ],
      };
    }),
    {
      name: "notifications, 50 callers",
      contenders: [holdfastPush({ callers: 50, size }), holdfastPushUnnotified({ callers: 50, size })],
    },
  ],
};

/** A thousand jobs a call. */
export const pushMany: Bench = {
  name: "push-many",
  measures: `${jobsPerCall} jobs are added a call.`,
  unit: "jobs",
  cases: (size) =>
    [1, 4].map((callers) => {
      const load = { callers, size };
      return {
        name: callersName(callers),
        contenders: [
          holdfastPushMany(load, jobsPerCall),
          graphileWorkerAddMany(load, jobsPerCall),
          pgBossInsert(load, jobsPerCall),
          bullmqAddBulk(load, jobsPerCall),
        ],
      };
    }),
};

const drainMeasures =
  "One process empties a queue of jobs that do nothing, from the start of its worker until the last job is acknowledged. " +
  "Holdfast keeps each job with its result; the others remove it, or keep it without one.";

/** A full queue is emptied. */
export const drain: Bench = {
  name: "drain",
  measures: drainMeasures,
  unit: "jobs",
  cases: ({ jobs }) => [
    {
      name: `${jobs.toLocaleString("en-US")} jobs`,
      contenders: [
        holdfastDrain(jobs, { concurrency: 24 }),
        ...fastDrains(jobs),
        // They are so slow that fewer jobs tell as much.
        graphileWorkerDrain(jobs / 4, { concurrentJobs: 24, localQueue: null }),
        bullmqDrain(jobs / 4, 100),
      ],
    },
  ],
};

/** A long queue is emptied; without those who would take minutes for it. */
export const drainLong: Bench = {
  name: "drain-long",
  measures: drainMeasures,
  unit: "jobs",
  isLong: true,
  cases: ({ jobsOfLong }) => [
    { name: `${jobsOfLong.toLocaleString("en-US")} jobs`, contenders: fastDrains(jobsOfLong) },
  ],
};

function fastDrains(jobs: number): readonly Contender[] {
  return [
    holdfastDrain(jobs, { concurrency: 24, prefetch: 500 }),
    holdfastDrain(jobs, { concurrency: 500, prefetch: 2000 }),
    graphileWorkerDrain(jobs, { concurrentJobs: 24, localQueue: 500 }),
    graphileWorkerDrain(jobs, { concurrentJobs: 100, localQueue: 2000 }),
    pgBossDrain(jobs, { size: 100, loops: 4 }),
    pgBossDrain(jobs, { size: 1000, loops: 2 }),
  ];
}

/** An idle worker is given a job. */
export const latency: Bench = {
  name: "latency",
  measures:
    "One job is pushed to a queue whose worker is idle, and then the next: what is counted is how soon its handler starts " +
    "after the push was called.",
  unit: "jobs one by one",
  cases: (size) => [
    {
      name: "1 worker",
      contenders: [
        holdfastIdle(size),
        holdfastIdle(size, { pushedElsewhere: true, listen: true }),
        holdfastIdle(size, { pushedElsewhere: true, listen: false }),
        graphileWorkerIdle(size),
        pgBossIdle(size),
        bullmqIdle(size),
      ],
    },
  ],
};
