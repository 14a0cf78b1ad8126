import type { JobStatus } from "../core/enums.generated.ts";

/** A limit on the claims of a queue per period. */
export interface Rate {
  readonly limit: number;
  readonly periodMs: number;
}

/** Settings of a queue. Omitted ones stay; null removes one. */
export interface QueueSettings {
  /** How many of its jobs run at once, across all processes. */
  readonly concurrency?: number | null | undefined;
  /** How many jobs of one group run at once, across all processes. Jobs without a group do not count. */
  readonly concurrencyPerGroup?: number | null | undefined;
  /** A token bucket of `limit` tokens, refilled evenly over `periodMs`, for claims by all processes. */
  readonly rate?: Rate | null | undefined;
  /**
   * How long a job must have waited to pass a new one of the next better priority. Applies to jobs pushed from then on; groups then take
   * no turns.
   */
  readonly agingMs?: number | null | undefined;
  /** The time limit of a handler, unless the job or its worker sets one. Applies to jobs claimed from then on. */
  readonly timeoutMs?: number | null | undefined;
}

/** The number of jobs in each status. */
export type JobCounts = Readonly<Record<JobStatus, number>>;

/** A queue as a console shows it. */
export interface Queue {
  readonly name: string;
  /** null while it is not paused. */
  readonly pausedAt: Date | null;
  readonly concurrency: number | null;
  readonly concurrencyPerGroup: number | null;
  readonly rate: Rate | null;
  readonly agingMs: number | null;
  readonly timeoutMs: number | null;
  /** The number of jobs in each status, up to `countUpTo`. */
  readonly counts: JobCounts;
  /** The earliest `runAt` among the counted ready jobs. */
  readonly oldestReadyAt: Date | null;
}
