import type { JobCounts, JobStatus, Moment, Payload } from "./basics.ts";

/** A job in a list, without payloads. */
export interface JobRow {
  readonly id: string;
  readonly queue: string;
  readonly status: JobStatus;
  /** Lower comes first. */
  readonly priority: number;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly backoff: { readonly initialMs: number; readonly maxMs: number };
  readonly timeoutMs: number | null;
  readonly runAt: Moment;
  readonly leaseUntil: Moment | null;
  readonly holder: string | null;
  readonly token: number;
  readonly createdAt: Moment;
  readonly startedAt: Moment | null;
  readonly finishedAt: Moment | null;
  readonly group: string | null;
  readonly requires: readonly string[];
  readonly uniqueKey: string | null;
  readonly executionId: string | null;
  readonly blockedBy: number;
  readonly onDependencyFailure: "cancel" | "ignore";
  readonly failsExecution: boolean;
}

/** The parameters of the list of jobs, which is by id; for generated ids, in the order of pushes. Newest first by default. */
export interface JobFilter {
  readonly queue?: string | undefined;
  /** Repeated for several. */
  readonly status?: readonly JobStatus[] | undefined;
  readonly executionId?: string | undefined;
}

/** One job, whole. */
export interface JobDetail extends JobRow {
  readonly payload: Payload | null;
  readonly result: Payload | null;
  /** The error of the last failed attempt; null after a success. */
  readonly error: Payload | null;
  /** The newest ten failed attempts, the newest first. */
  readonly failures: readonly JobFailureRow[];
  readonly progress: { readonly progress: Payload; readonly reportedAt: Moment } | null;
  /** The jobs that it comes after, up to 100. */
  readonly after: readonly JobRow[];
  /** The jobs that come after it, up to 100. */
  readonly before: readonly JobRow[];
  /** The schedule that made it; null for others. */
  readonly schedule: { readonly id: string; readonly scheduledFor: Moment | null } | null;
}

/** A failed attempt of a job. */
export interface JobFailureRow {
  /** The token of its claim. */
  readonly token: number;
  readonly attempt: number;
  readonly holder: string | null;
  readonly startedAt: Moment;
  readonly failedAt: Moment;
  readonly error: Payload | null;
}

/** A line of a job's log. */
export interface JobLogRow {
  readonly message: string;
  readonly data: Payload | null;
  readonly reportedAt: Moment;
}

/** A queue: its settings, and its jobs. */
export interface QueueRow {
  readonly name: string;
  readonly pausedAt: Moment | null;
  readonly concurrency: number | null;
  readonly concurrencyPerGroup: number | null;
  readonly rate: { readonly limit: number; readonly periodMs: number } | null;
  readonly agingMs: number | null;
  readonly timeoutMs: number | null;
  /** Each count stops at `countUpTo`, and then stands for "at least". */
  readonly counts: JobCounts;
  readonly countUpTo: number;
  /** The earliest due time among the ready jobs. */
  readonly oldestReadyAt: Moment | null;
}
