import type { Bench, Case, Contender } from "../bench.ts";
import { withHeldSnapshot } from "../held-snapshot.ts";
import { bullmqDrain } from "../peers/bullmq.ts";
import { formerRelease, prepareFormerRelease } from "../peers/former-release.ts";
import { graphileWorkerDrain } from "../peers/graphile-worker.ts";
import { type Filling, holdfastDrain } from "../peers/holdfast-jobs.ts";
import { pgBossDrain } from "../peers/pg-boss.ts";

const measures =
  "One process empties a queue of jobs that do nothing, from the start of its worker until the last job is acknowledged, with and " +
  "without another session that holds a snapshot from before: a long report, or a backup. Holdfast keeps each job with its result; the " +
  "others remove it, or keep it without one. Its jobs were pushed in calls of 1,000, or one by one by 50 callers; the rows of peers are " +
  "the same either way, and theirs were pushed in calls of 1,000.";

const fast = { concurrency: 500, prefetch: 2000 };

/** One process drains a full queue. */
export const drain: Bench = {
  name: "drain",
  measures,
  unit: "jobs",
  prepare: prepareFormerRelease,
  cases: ({ jobs }) =>
    casesOf(jobs, () => [
      // They are so slow that fewer jobs tell as much.
      graphileWorkerDrain(jobs / 4, { concurrentJobs: 24, localQueue: null }),
      bullmqDrain(jobs / 4, 100),
    ]),
};

/** As `drain` with a long queue, without the contenders that would take minutes. */
export const drainLong: Bench = {
  name: "drain-long",
  measures,
  unit: "jobs",
  isLong: true,
  prepare: prepareFormerRelease,
  cases: ({ jobsOfLong }) => casesOf(jobsOfLong, () => []),
};

function casesOf(jobs: number, slow: () => readonly Contender[]): readonly Case[] {
  return (["in bulk", "one by one"] as const).map((filling) => ({
    name: `${jobs.toLocaleString("en-US")} jobs, pushed ${filling}`,
    contenders: [
      holdfastDrain(jobs, { concurrency: 24, filling }),
      ...fastest(jobs, filling).flatMap((each) => [each, withHeldSnapshot(each)]),
      ...slow(),
    ],
  }));
}

/** Everybody at their fastest settings. */
function fastest(jobs: number, filling: Filling): readonly Contender[] {
  return [
    holdfastDrain(jobs, { ...fast, filling }),
    holdfastDrain(jobs, { ...fast, filling, release: formerRelease }),
    graphileWorkerDrain(jobs, { concurrentJobs: 100, localQueue: 2000 }),
    pgBossDrain(jobs, { size: 1000, loops: 2 }),
  ];
}
