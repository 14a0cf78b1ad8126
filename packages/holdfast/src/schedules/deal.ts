import type { Claim } from "../claims/claims.ts";
import type { Codec } from "../database/codec.ts";
import { combinePlans, mapPlan, type Plan } from "../database/plan.ts";
import type { Write } from "../database/session.ts";
import { cancelJobs } from "../jobs/control.ts";
import { type EncodedJob, encodeJob } from "../jobs/input.ts";
import type { PushedJob } from "../jobs/job.ts";
import { lockLinked, pushJobs } from "../jobs/push.ts";
import type { MissedTicks } from "./due.ts";
import type { Overlapped, TickJob } from "./overlap.ts";
import { jobOptionsOf } from "./schedule.ts";
import { advanceSchedules, requireScheduleClaims } from "./statements.generated.ts";

/** What is to be done about ticks of one schedule. */
export interface Deal {
  readonly id: string;
  readonly nextAt: Date | null;
  /** The newest of the ticks; null where they are missed, or where the job is not a tick's. */
  readonly lastTickAt: Date | null;
  readonly missed: MissedTicks | null;
  readonly overlapped: Overlapped;
  readonly jobs: readonly EncodedJob[];
}

/** What became of it. */
export interface Dealt {
  readonly jobs: readonly EncodedJob[];
  readonly pushed: readonly PushedJob[];
  /** The queues in which jobs became ready because others were canceled. */
  readonly woken: readonly string[];
}

/** What a schedule says of its jobs. */
export interface JobTemplate {
  readonly queue: string;
  readonly jobOptions: string;
  readonly payload: string | null;
}

/** The jobs of ticks. Their payload is that which was stored, as the codec wrote it then. */
export function jobsOfTicks(codec: Codec, template: JobTemplate, ticks: readonly TickJob[]): readonly EncodedJob[] {
  const options = jobOptionsOf(template.jobOptions);
  return ticks.map(({ id, runAt, after }) => ({
    ...encodeJob(codec, {
      ...options,
      queue: template.queue,
      id,
      runAt,
      after: after === null ? [] : [after],
      onDependencyFailure: "ignore",
    }),
    payload: template.payload,
  }));
}

/**
 * The write that deals with ticks of claimed schedules: it holds the claim or does nothing. Schedules come before jobs in the order
 * of locks, and all jobs are locked before one is changed.
 */
export const dealWithTicks: Write<Deal & Claim, Dealt> = {
  name: "schedules.deal",
  keys: (deal) => [`schedule\0${deal.id}`],
  locks: () => ["schedules", "jobs"],
  plan: (deals) =>
    mapPlan(
      combinePlans([
        requireScheduleClaims({ ids: deals.map((deal) => deal.id), tokens: deals.map((deal) => deal.token) }),
        dealPlan(deals),
      ]),
      ([, dealt]) => dealt,
    ),
};

/** The same for schedules that the transaction has locked. */
export function dealPlan(deals: readonly Deal[]): Plan<readonly Dealt[]> {
  const jobs = deals.flatMap((deal) => deal.jobs);
  const canceled = deals.flatMap((deal) => deal.overlapped.canceled);
  const plan = combinePlans([
    lockLinked(canceled, jobs),
    canceled.length === 0 ? nothing : cancelJobs.plan(canceled),
    jobs.length === 0 ? nothing : pushJobs.plan(jobs),
    advancePlan(deals),
  ]);
  return mapPlan(plan, ([, ended, pushed]) => {
    const woken = ended.flatMap((each) => each.woken);
    let start = 0;
    return deals.map((deal) => ({
      jobs: deal.jobs,
      pushed: pushed.slice(start, (start += deal.jobs.length)),
      woken,
    }));
  });
}

const nothing: Plan<readonly never[]> = { statements: [], read: () => [] };

function advancePlan(deals: readonly Deal[]): Plan<void> {
  const tracked = deals.flatMap(({ id, overlapped }) => overlapped.tracked.map((job) => ({ id, job })));
  return advanceSchedules({
    ids: deals.map((deal) => deal.id),
    nextAt: deals.map((deal) => deal.nextAt),
    lastTickAt: deals.map((deal) => deal.lastTickAt),
    missedFrom: deals.map((deal) => deal.missed?.from ?? null),
    missedTo: deals.map((deal) => deal.missed?.to ?? null),
    pushed: deals.map((deal) => deal.jobs.length),
    skipped: deals.map((deal) => deal.overlapped.skipped),
    trackedSchedules: tracked.map((each) => each.id),
    trackedJobs: tracked.map((each) => each.job),
  });
}
