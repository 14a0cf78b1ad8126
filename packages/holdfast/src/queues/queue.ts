import type { JobStatus } from "../database/enums.generated.ts";

/** How many jobs of a queue are claimed in a period. */
export interface Rate {
  readonly limit: number;
  readonly periodMs: number;
}

/** What is set for a queue: what is left out stays as it is, null takes it away. */
export interface QueueSettings {
  /** How many of its jobs run at once, over all processes. */
  readonly concurrency?: number | null | undefined;
  /** How many jobs of one group run at once, over all processes; jobs without a group are not counted. */
  readonly concurrencyPerGroup?: number | null | undefined;
  /**
   * How many jobs are claimed in a period, over all processes: so many at once, when none was claimed for a period, and then each as its
   * part of the period has passed.
   */
  readonly rate?: Rate | null | undefined;
  /**
   * How long a job must have waited to come before a new one whose priority is lower by one. Holds for jobs that are pushed from then on;
   * groups are not served in turn then.
   */
  readonly agingMs?: number | null | undefined;
}

/** How many jobs there are in each status. */
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
  /** How many jobs are in each status, up to `countUpTo`, where counting stops. */
  readonly counts: JobCounts;
  /** The earliest `runAt` among the ready jobs that were counted. */
  readonly oldestReadyAt: Date | null;
}
