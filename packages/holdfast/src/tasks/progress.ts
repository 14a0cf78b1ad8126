import type { Status } from "../database/enums.generated.ts";
import type { ProgressOfChildrenRow } from "./statements.generated.ts";

/** How far a set of tasks has come. */
export interface Progress {
  readonly counts: Readonly<Record<Status, number>>;
  readonly total: number;
  /** Begun and not ended: running, waiting and paused together. */
  readonly running: number;
  /** Ended: succeeded, failed, timed_out and canceled together. */
  readonly terminal: number;
  /** Succeeded out of total, from 0 to 1; 0 of none. */
  readonly completionRate: number;
  /** Failed and timed_out out of total, from 0 to 1; 0 of none. */
  readonly failureRate: number;
  /** The status that they give together, by the strategy of what they belong to. */
  readonly overall: Status;
}

/** Counts as PostgreSQL gives them, as a progress. */
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
