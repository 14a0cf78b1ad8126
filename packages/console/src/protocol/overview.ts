import type { JobCounts, Moment, StatusCounts } from "./basics.ts";
import type { ExecutionRow } from "./executions.ts";
import type { JobRow, QueueRow } from "./jobs.ts";
import type { UpcomingTick } from "./time.ts";

/** The first page. */
export interface Overview {
  readonly at: Moment;
  readonly isHealthy: boolean;
  /** Each count stops at `countUpTo`, and then stands for "at least". */
  readonly executions: StatusCounts;
  readonly countUpTo: number;
  /** All of them. */
  readonly jobs: JobCounts;
  /** Leases that have run out, timers that are due and unclaimed, and ticks that nobody has handled. */
  readonly overdue: { readonly leases: number; readonly timers: number; readonly schedules: number };
  /** The first queues by name, at most 50. */
  readonly queues: readonly QueueRow[];
  /** Ticks to come, at most 10. */
  readonly upcoming: readonly UpcomingTick[];
  /** When the next timer is due; null if there is none. */
  readonly nextTimerAt: Moment | null;
  /** The newest failed executions, at most 10. */
  readonly failedExecutions: readonly ExecutionRow[];
  /** The newest dead jobs, at most 10. */
  readonly deadJobs: readonly JobRow[];
  /** The samples of the last minutes, oldest first. Sampling runs only while somebody watches, so there may be gaps. */
  readonly samples: readonly Sample[];
}

/** What the server measured between the previous sample and this one. */
export interface Sample {
  readonly at: Moment;
  /** The time since the previous sample; null for the first after a gap, which has no rates. */
  readonly sinceMs: number | null;
  /** The numbers of executions that have not ended. */
  readonly executions: {
    readonly pending: number;
    readonly running: number;
    readonly waiting: number;
    readonly paused: number;
  };
  /** The numbers of jobs that have not ended: the depth. */
  readonly jobs: {
    readonly blocked: number;
    readonly scheduled: number;
    readonly ready: number;
    readonly running: number;
  };
  /** How long the oldest ready job has been due; null if none is ready. */
  readonly oldestReadyMs: number | null;
  /** Ends of jobs since the previous sample, and how long the jobs took; null without rates. */
  readonly jobPace: JobPace | null;
  /** Executions created and ended since the previous sample; null without rates. */
  readonly executionPace: ExecutionPace | null;
  /** The depth of each queue that has unfinished jobs, by name, at most 20. */
  readonly queues: Readonly<Record<string, { readonly ready: number; readonly running: number }>>;
}

/** Ends of jobs in a period. */
export interface JobPace {
  readonly succeeded: number;
  readonly dead: number;
  readonly canceled: number;
  /** From due to claimed. null if none was claimed. */
  readonly waitMs: Quantiles | null;
  /** From claimed to ended, the last attempt alone. null if none was claimed. */
  readonly runMs: Quantiles | null;
}

/** Executions that were created, and that ended, in a period. */
export interface ExecutionPace {
  readonly created: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timed_out: number;
  readonly canceled: number;
  /** From created to ended. null if none ended. */
  readonly totalMs: Quantiles | null;
}

/** Quantiles of a set of durations. */
export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}
