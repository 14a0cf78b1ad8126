import type { Status } from "../core/enums.generated.ts";
import type { ProgressOfChildrenRow } from "./statements.generated.ts";

/** The progress of a set of tasks. */
export interface Progress {
  readonly counts: Readonly<Record<Status, number>>;
  readonly total: number;
  /** Started and not ended: running, waiting and paused together. */
  readonly running: number;
  /** Ended: succeeded, failed, timed_out and canceled together. */
  readonly terminal: number;
  /** Succeeded out of total, from 0 to 1; 0 of none. */
  readonly completionRate: number;
  /** Failed and timed_out out of total, from 0 to 1; 0 of none. */
  readonly failureRate: number;
  /** Their combined status, by the strategy of their parent or execution. */
  readonly overall: Status;
}

/** Converts counts from PostgreSQL to a progress. */
export function toProgress({ overall, ...row }: ProgressOfChildrenRow): Progress {
  const counts: Record<Status, number> = {
    pending: row.pending,
    running: row.running,
    waiting: row.waiting,
    paused: row.paused,
    succeeded: row.succeeded,
    failed: row.failed,
    timed_out: row.timedOut,
    canceled: row.canceled,
  };
  const running = counts.running + counts.waiting + counts.paused;
  const terminal = counts.succeeded + counts.failed + counts.timed_out + counts.canceled;
  const total = counts.pending + running + terminal;
  const rate = (part: number): number => (total === 0 ? 0 : part / total);
  return {
    counts,
    total,
    running,
    terminal,
    completionRate: rate(counts.succeeded),
    failureRate: rate(counts.failed + counts.timed_out),
    overall,
  };
}
