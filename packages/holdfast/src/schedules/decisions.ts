import type { Claim } from "../claims/claims.ts";
import type { Codec } from "../core/codec.ts";
import { combinePlans, mapPlan, type Plan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import { cancelJobs } from "../jobs/control.ts";
import { type EncodedJob, encodeJob } from "../jobs/input.ts";
import type { PushedJob } from "../jobs/job.ts";
import { lockLinked, pushJobs } from "../jobs/push.ts";
import type { MissedTicks } from "./due.ts";
import type { Overlapped, TickJob } from "./overlap.ts";
import { jobOptionsOf } from "./schedule.ts";
import { advanceSchedules, requireScheduleClaims } from "./statements.generated.ts";

/** The decision about the due ticks of one schedule. */
export interface TickDecision {
  readonly id: string;
  readonly nextAt: Date | null;
  /** The newest of the ticks; null where they are missed, or where the job is not a tick's. */
  readonly lastTickAt: Date | null;
  readonly missed: MissedTicks | null;
  readonly overlapped: Overlapped;
  readonly jobs: readonly EncodedJob[];
}

/** What became of it. */
export interface TickOutcome {
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
export const applyDecisions: Write<TickDecision & Claim, TickOutcome> = {
  name: "schedules.advance",
  keys: (decision) => [`schedule\0${decision.id}`],
  locks: () => ["schedules", "jobs"],
  plan: (decisions) =>
    mapPlan(
      combinePlans([
        requireScheduleClaims({
          ids: decisions.map((decision) => decision.id),
          tokens: decisions.map((decision) => decision.token),
        }),
        decisionPlan(decisions),
      ]),
      ([, outcomes]) => outcomes,
    ),
};

/** The same for schedules that the transaction has locked. */
export function decisionPlan(decisions: readonly TickDecision[]): Plan<readonly TickOutcome[]> {
  const jobs = decisions.flatMap((decision) => decision.jobs);
  const canceled = decisions.flatMap((decision) => decision.overlapped.canceled);
  const plan = combinePlans([
    lockLinked(canceled, jobs),
    canceled.length === 0 ? nothing : cancelJobs.plan(canceled),
    jobs.length === 0 ? nothing : pushJobs.plan(jobs),
    advancePlan(decisions),
  ]);
  return mapPlan(plan, ([, ended, pushed]) => {
    const woken = ended.flatMap((each) => each.woken);
    let start = 0;
    return decisions.map((decision) => ({
      jobs: decision.jobs,
      pushed: pushed.slice(start, (start += decision.jobs.length)),
      woken,
    }));
  });
}

const nothing: Plan<readonly never[]> = { statements: [], read: () => [] };

function advancePlan(decisions: readonly TickDecision[]): Plan<void> {
  const tracked = decisions.flatMap(({ id, overlapped }) => overlapped.tracked.map((job) => ({ id, job })));
  return advanceSchedules({
    ids: decisions.map((decision) => decision.id),
    nextAt: decisions.map((decision) => decision.nextAt),
    lastTickAt: decisions.map((decision) => decision.lastTickAt),
    missedFrom: decisions.map((decision) => decision.missed?.from ?? null),
    missedTo: decisions.map((decision) => decision.missed?.to ?? null),
    pushed: decisions.map((decision) => decision.jobs.length),
    skipped: decisions.map((decision) => decision.overlapped.skipped),
    trackedSchedules: tracked.map((each) => each.id),
    trackedJobs: tracked.map((each) => each.job),
  });
}
