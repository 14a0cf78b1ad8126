import type { CatchUpPolicy } from "../database/enums.generated.ts";
import type { Ticks } from "./ticks.ts";

/** The most ticks of one schedule that are dealt with at once: what is left is due at once again. */
export const ticksMax = 50;

/** What there is to decide about the ticks that have come. */
export interface DueRequest {
  readonly nextAt: Date;
  /** By the database's clock, and not before `nextAt`. */
  readonly now: Date;
  readonly catchUp: CatchUpPolicy;
  readonly catchUpLimit: number;
  readonly missedAfterMs: number;
}

/** A row of ticks without a job, from the first to the last. */
export interface MissedTicks {
  readonly from: Date;
  readonly to: Date;
}

/** What to do about the ticks that have come. */
export interface DueTicks {
  /** Those to push jobs for, the oldest first. */
  readonly ticks: readonly Date[];
  /** The next one to deal with, which may have come too. */
  readonly nextAt: Date | null;
  readonly missed: MissedTicks | null;
}

/**
 * Decides what becomes of the ticks that have come. Where the first is not late, all get their jobs. Where it is late, nobody was
 * there for it, and the policy says which of those up to now do. However many there are, only a bounded number is looked at.
 */
export function dueTicks(ticks: Ticks, request: DueRequest): DueTicks {
  const { nextAt, now, catchUp, catchUpLimit, missedAfterMs } = request;
  const isLate = (tick: Date): boolean => now.getTime() - tick.getTime() > missedAfterMs;
  if (!isLate(nextAt)) return eachFrom(ticks, nextAt, now);
  if (catchUp === "all") return newestOf(ticks, request, catchUpLimit);
  const newest = newestOf(ticks, request, 1);
  const [tick] = newest.ticks;
  if (catchUp === "latest" || tick === undefined || !isLate(tick)) return newest;
  return { ...newest, ticks: [], missed: { from: nextAt, to: tick } };
}

/** The ticks from `first` to `now`, as many as may be dealt with at once. */
function eachFrom(ticks: Ticks, first: Date, now: Date): DueTicks {
  const due: Date[] = [];
  let next: Date | null = first;
  while (next !== null && next <= now && due.length < ticksMax) {
    due.push(next);
    next = ticks.next(next);
  }
  return { ticks: due, nextAt: next, missed: null };
}

/** The last `count` ticks up to now, as many of them as may be dealt with at once; those before them are missed. */
function newestOf(ticks: Ticks, { nextAt, now }: DueRequest, count: number): DueTicks {
  // One more, which tells where the gap ends.
  const newest = ticks.newest(now, count + 1).filter((tick) => tick >= nextAt);
  const kept = newest.slice(-count);
  const [first = nextAt] = kept;
  const { ticks: due, nextAt: next } = eachFrom(ticks, first, now);
  const before = newest.length > count ? newest[0] : undefined;
  return { ticks: due, nextAt: next, missed: before === undefined ? null : { from: nextAt, to: before } };
}
