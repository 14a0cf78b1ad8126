import type { Bench } from "../bench.ts";
import { callersName } from "../load.ts";
import { bullmqAdd, bullmqAddBulk, bullmqIdle } from "../peers/bullmq.ts";
import { formerRelease, prepareFormerRelease } from "../peers/former-release.ts";
import { graphileWorkerAdd, graphileWorkerAddMany, graphileWorkerIdle } from "../peers/graphile-worker.ts";
import { handWritten } from "../peers/hand-written.ts";
import { holdfastIdle, holdfastPush, holdfastPushMany, holdfastPushUnnotified } from "../peers/holdfast-jobs.ts";
import { pgBossIdle, pgBossInsert, pgBossSend } from "../peers/pg-boss.ts";

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
  prepare: prepareFormerRelease,
  cases: (size) => [
    ...[1, 10, 50, 500].map((callers) => {
      const load = { callers, size };
      return {
        name: callersName(callers),
        contenders: [
          holdfastPush(load),
          holdfastPush(load, formerRelease),
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
  prepare: prepareFormerRelease,
  cases: (size) =>
    [1, 4].map((callers) => {
      const load = { callers, size };
      return {
        name: callersName(callers),
        contenders: [
          holdfastPushMany(load, jobsPerCall),
          holdfastPushMany(load, jobsPerCall, formerRelease),
          graphileWorkerAddMany(load, jobsPerCall),
          pgBossInsert(load, jobsPerCall),
          bullmqAddBulk(load, jobsPerCall),
        ],
      };
    }),
};

/** An idle worker is given a job. */
export const latency: Bench = {
  name: "latency",
  measures:
    "One job is pushed to a queue whose worker is idle, and then the next: what is counted is how soon its handler starts " +
    "after the push was called.",
  unit: "jobs one by one",
  prepare: prepareFormerRelease,
  cases: (size) => [
    {
      name: "1 worker",
      contenders: [
        holdfastIdle(size),
        holdfastIdle(size, { release: formerRelease }),
        holdfastIdle(size, { pushedElsewhere: true }),
        holdfastIdle(size, { pushedElsewhere: true, listen: false }),
        graphileWorkerIdle(size),
        pgBossIdle(size),
        bullmqIdle(size),
      ],
    },
  ],
};
