import type { Claim, Lost } from "../claims/claims.ts";
import { type Codec, decodeOptional, type JsonText } from "../core/codec.ts";
import type { DependencyPolicy, JobStatus } from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import type { TraceContext } from "../telemetry/span-parts.ts";
import type { Backoff, JobOptions } from "./job-options.ts";
import type { PayloadOf, QueueName, ResultOf } from "./queue-definition.ts";
import { requirementsOf } from "./route.ts";
import type { GetJobsRow, ListJobsRow } from "./statements.generated.ts";

/** A unit of queued work. Payload and result are as they were given. */
export interface Job<Payload = unknown, Result = unknown> {
  readonly id: string;
  readonly queue: string;
  readonly status: JobStatus;
  /** Lower comes first. */
  readonly priority: number;
  /** The number of claims, without released ones. */
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  /** The time limit of a handler, as set by the push. */
  readonly timeoutMs: number | null;
  /** The earliest time of the next claim. */
  readonly runAt: Date;
  /** The end of its holder's lease; null unless it is running. */
  readonly leaseUntil: Date | null;
  /** The last claimer. */
  readonly holder: string | null;
  readonly token: number;
  readonly createdAt: Date;
  /** The time of the last claim. */
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly group: string | null;
  /** The capabilities that a claimer needs. */
  readonly requires: readonly string[];
  readonly uniqueKey: string | null;
  readonly executionId: string | null;
  /** How many of its dependencies have not ended; meaningful only while it is blocked. */
  readonly blockedBy: number;
  readonly onDependencyFailure: DependencyPolicy;
  /** Whether its execution fails if the job dies. */
  readonly failsExecution: boolean;
  /** undefined if none was given. */
  readonly payload: Payload;
  /** The result given to `complete`; undefined if none was given. */
  readonly result: Result | undefined;
  /** The error of the last failed attempt; undefined if none was given, and after a success. */
  readonly error: unknown;
}

/** A failed attempt of a job, or one whose worker was lost. */
export interface FailedJobAttempt {
  /** The token of its claim, which no other failure has. */
  readonly token: number;
  /** The number of the attempt. A retried job counts from 1 again. */
  readonly attempt: number;
  /** The claimer. */
  readonly holder: string | null;
  readonly startedAt: Date;
  readonly failedAt: Date;
  /** undefined if none was given. */
  readonly error: unknown;
}

/** A job that was read by its id. */
export interface JobDetails<Payload = unknown, Result = unknown> extends Job<Payload, Result> {
  /** Its newest ten failed attempts, the oldest first. Those before a retry count too, and a success keeps them. */
  readonly failures: readonly FailedJobAttempt[];
}

/** A job of a queue, with the types that the queue's definition says. */
export type JobOf<Q> = Job<PayloadOf<Q>, ResultOf<Q>>;

/** The same, read by its id. */
export type JobDetailsOf<Q> = JobDetails<PayloadOf<Q>, ResultOf<Q>>;

/**
 * A job to push. Its payload is of the type that the queue's definition says, and unknown where the queue is only named.
 */
export type JobInput<Q extends QueueName = string> = JobOptions & {
  readonly queue: Q;
} & (undefined extends PayloadOf<Q> ? { readonly payload?: PayloadOf<Q> } : { readonly payload: PayloadOf<Q> });

/** The outcome of a push. The id is that of the stored job, which may be an earlier one with the same unique key. */
export interface PushedJob {
  readonly id: string;
  readonly outcome: "created" | "kept" | "replaced";
  readonly status: JobStatus;
  /** The earliest time of the next claim. */
  readonly runAt: Date;
}

/** A claimed job, held until `leaseUntil`. */
export interface ClaimedJob<Payload = unknown> extends Claim {
  readonly queue: string;
  readonly priority: number;
  /** Includes this attempt. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** The time limit of a handler, as set by the push. */
  readonly timeoutMs: number | null;
  /** The queue's time limit, for jobs whose push sets none. */
  readonly queueTimeoutMs: number | null;
  readonly leaseUntil: Date;
  readonly runAt: Date;
  readonly createdAt: Date;
  readonly executionId: string | null;
  readonly payload: Payload;
  /** The trace that was active when it was pushed; null without one. */
  readonly traceContext: TraceContext | null;
}

/** Reads claims of jobs; a claimed job is one. */
export const jobClaim: Fields<Claim> = fieldsOf<Claim, ClaimedJob & JobDetails>({
  id: true,
  token: true,
  queue: false,
  status: false,
  priority: false,
  attempts: false,
  maxAttempts: false,
  backoff: false,
  timeoutMs: false,
  queueTimeoutMs: false,
  runAt: false,
  leaseUntil: false,
  holder: false,
  createdAt: false,
  startedAt: false,
  finishedAt: false,
  group: false,
  requires: false,
  uniqueKey: false,
  executionId: false,
  blockedBy: false,
  onDependencyFailure: false,
  failsExecution: false,
  payload: false,
  traceContext: false,
  result: false,
  error: false,
  failures: false,
});

/** The outcome of a release. */
export type ReleasedJob =
  | { readonly ok: true; readonly status: "scheduled" | "ready"; readonly runAt: Date }
  | Lost<JobStanding>;

/** The outcome of a rescheduling; it fails if the job no longer waits. */
export type RescheduledJob =
  | {
      readonly ok: true;
      readonly id: string;
      readonly status: "blocked" | "scheduled" | "ready";
      readonly runAt: Date;
    }
  | Lost<JobStanding>;

/** The stored state of a job whose claim was lost. */
export interface JobStanding {
  readonly status: JobStatus;
  readonly token: number;
  readonly attempts: number;
}

/** The outcome of a failure: the job waits for its next attempt, or is dead. */
export type FailedJob =
  | { readonly ok: true; readonly status: "scheduled" | "ready"; readonly runAt: Date }
  | { readonly ok: true; readonly status: "dead" }
  | Lost<JobStanding>;

/** When the next job can be claimed. The database measures `inMs`, so the caller's clock does not matter. */
export interface NextJob {
  readonly at: Date;
  readonly inMs: number;
}

/** Reads a job with its failures from its row. */
export function toJobDetails(codec: Codec, { failures, ...row }: GetJobsRow): JobDetails {
  return { ...toJob(codec, row), failures: failures === null ? [] : toFailures(codec, failures) };
}

/** A failure as the statement writes it. */
type FailureRow = Pick<FailedJobAttempt, "token" | "attempt" | "holder"> & {
  readonly startedAt: string;
  readonly failedAt: string;
  readonly error: JsonText | null;
};

function toFailures(codec: Codec, failures: JsonText): readonly FailedJobAttempt[] {
  return (JSON.parse(failures) as readonly FailureRow[]).map(({ startedAt, failedAt, error, ...rest }) => ({
    ...rest,
    startedAt: new Date(startedAt),
    failedAt: new Date(failedAt),
    error: decodeOptional(codec, error),
  }));
}

/** Reads a job from its row. */
export function toJob(codec: Codec, row: ListJobsRow): Job {
  const { backoffMs, backoffMaxMs, groupKey, route, ...rest } = row;
  return {
    ...rest,
    group: groupKey,
    requires: requirementsOf(route),
    backoff: { initialMs: backoffMs, maxMs: backoffMaxMs },
    payload: decodeOptional(codec, row.payload),
    result: decodeOptional(codec, row.result),
    error: decodeOptional(codec, row.error),
  };
}
