import type { Claim, Lost } from "../claims/claims.ts";
import { decodeOptional, type Codec } from "../database/codec.ts";
import type { DependencyPolicy, JobStatus } from "../database/enums.generated.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { requirementsOf } from "./route.ts";
import type { GetJobRow } from "./statements.generated.ts";

/** How long a failed job waits for its next attempt: `initialMs` after the first, twice as long after each, at most `maxMs`. */
export interface Backoff {
  readonly initialMs: number;
  readonly maxMs: number;
}

/** A unit of queued work. */
export interface Job {
  readonly id: string;
  readonly queue: string;
  readonly status: JobStatus;
  /** Lower comes first. */
  readonly priority: number;
  /** How often it was claimed, but for claims that were released. */
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  /** Not before then. */
  readonly runAt: Date;
  /** Until when its holder has it; null unless it is running. */
  readonly leaseUntil: Date | null;
  /** Who claimed it last. */
  readonly holder: string | null;
  readonly token: number;
  readonly createdAt: Date;
  /** When it was claimed last. */
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly group: string | null;
  /** What a claimer must be capable of. */
  readonly requires: readonly string[];
  readonly uniqueKey: string | null;
  readonly executionId: string | null;
  /** How many of the jobs that it comes after have not ended; counts only while it is blocked. */
  readonly blockedBy: number;
  readonly onDependencyFailure: DependencyPolicy;
  /** undefined where none was given. */
  readonly payload: unknown;
  /** What `complete` gave; undefined where it gave none. */
  readonly result: unknown;
  /** What the last failed attempt gave; undefined where it gave none, and after a success. */
  readonly error: unknown;
}

/** A job to push. */
export interface JobInput {
  readonly queue: string;
  readonly payload?: unknown;
  /** The caller's own id: pushing one that exists changes nothing, so that a push can be repeated safely. */
  readonly id?: string | undefined;
  /** Lower comes first; 0 by default. */
  readonly priority?: number | undefined;
  /** Not before this moment; not together with `delayMs`. */
  readonly runAt?: Date | undefined;
  /** Not before so many milliseconds from now, by the database's clock. */
  readonly delayMs?: number | undefined;
  /** How often it may be claimed before it ends dead; 25 by default. */
  readonly maxAttempts?: number | undefined;
  /** `initialMs` is 1 s by default; `maxMs` 1 h, or `initialMs` if that is longer. */
  readonly backoff?: Partial<Backoff> | undefined;
  /**
   * Whose job it is, such as a tenant's: the groups of a queue are served in turn, however many jobs each has. Give all jobs of a queue a
   * group or none; those without come first.
   */
  readonly group?: string | undefined;
  /** What a claimer must be capable of; at most 20 names, 1,000 bytes together. */
  readonly requires?: readonly string[] | undefined;
  /** At most one job of a queue that has not ended holds a key. */
  readonly uniqueKey?: string | undefined;
  /**
   * What to do where another job holds the key. "keep" (the default) keeps that one. "replace" gives it this payload, priority and
   * moment and its attempts back while it waits; while it runs, it loses the key to a new job.
   */
  readonly onConflict?: "keep" | "replace" | undefined;
  /**
   * With a unique key: waits for so long without another push of the key, then runs once with what the last of them gave. Each push
   * replaces the waiting job, as `onConflict: "replace"` does.
   */
  readonly debounceMs?: number | undefined;
  /** The job waits no longer than so from the first of its pushes, however many follow. */
  readonly debounceMaxMs?: number | undefined;
  /** With a unique key: the job keeps its key for so long from its push, also after it has ended, so that a period has one job at most. */
  readonly throttleMs?: number | undefined;
  /** The execution that the job belongs to, and is removed with. */
  readonly executionId?: string | undefined;
  /** Ids of jobs that must end first, in the store or in the same call. */
  readonly after?: readonly string[] | undefined;
  /** When one of `after` ends dead or canceled: cancel this job (the default), or count it as ended like any other. */
  readonly onDependencyFailure?: DependencyPolicy | undefined;
}

/** What became of a push: the id is that of the job there is now, which with a unique key may be another's. */
export interface PushedJob {
  readonly id: string;
  readonly outcome: "created" | "kept" | "replaced";
  readonly status: JobStatus;
  /** Not before then. */
  readonly runAt: Date;
}

/** A job in the hands of its holder, until `leaseUntil`. */
export interface ClaimedJob extends Claim {
  readonly queue: string;
  readonly priority: number;
  /** This attempt included. */
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly leaseUntil: Date;
  readonly runAt: Date;
  readonly createdAt: Date;
  readonly executionId: string | null;
  readonly payload: unknown;
}

/** Reads claims of jobs: a claimed job is one. */
export const jobClaim: Fields<Claim> = fieldsOf<Claim, ClaimedJob & Job>({
  id: true,
  token: true,
  queue: false,
  status: false,
  priority: false,
  attempts: false,
  maxAttempts: false,
  backoff: false,
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
  payload: false,
  result: false,
  error: false,
});

/** What became of a job that was given back. */
export type ReleasedJob =
  | { readonly ok: true; readonly status: "scheduled" | "ready"; readonly runAt: Date }
  | Lost<JobStanding>;

/** What became of a job that was to be rescheduled: it was, or waited no more. */
export type RescheduledJob =
  | {
      readonly ok: true;
      readonly id: string;
      readonly status: "blocked" | "scheduled" | "ready";
      readonly runAt: Date;
    }
  | Lost<JobStanding>;

/** What there is of a job whose claim was lost. */
export interface JobStanding {
  readonly status: JobStatus;
  readonly token: number;
  readonly attempts: number;
}

/** What became of a job that failed: it waits for its next attempt, or is dead. */
export type FailedJob =
  | { readonly ok: true; readonly status: "scheduled" | "ready"; readonly runAt: Date }
  | { readonly ok: true; readonly status: "dead" }
  | Lost<JobStanding>;

/** When there is something to claim next. `inMs` is measured by the database's clock, so that the caller's does not matter. */
export interface NextJob {
  readonly at: Date;
  readonly inMs: number;
}

/** A job out of its row. */
export function toJob(codec: Codec, row: GetJobRow): Job {
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
