import type { CatchUpPolicy } from "../core/enums.generated.ts";
import type { Ticks } from "./ticks.ts";

/** The most ticks of one schedule handled at once. The rest are due again at once. */
export const ticksMax = 50;

/** The input of the decision about ticks that have come. */
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

/** The decision about ticks that have come. */
export interface DueTicks {
  /** The ticks that get jobs, oldest first. */
  readonly ticks: readonly Date[];
  /** The next tick to handle, which may already have come. */
  readonly nextAt: Date | null;
  readonly missed: MissedTicks | null;
}

/**
 * Decides about the ticks that have come. If the first is not late, all get their jobs. If it is late, nobody was there for it, and the
 * policy decides which ticks up to now get jobs. However many there are, only a bounded number is considered.
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

/** The ticks from `first` to `now`, up to the most that are handled at once. */
function eachFrom(ticks: Ticks, first: Date, now: Date): DueTicks {
  const due: Date[] = [];
  let next: Date | null = first;
  while (next !== null && next <= now && due.length < ticksMax) {
    due.push(next);
    next = ticks.next(next);
  }
  return { ticks: due, nextAt: next, missed: null };
}

/** The last `count` ticks up to now, up to the most that are handled at once. Earlier ones are missed. */
function newestOf(ticks: Ticks, { nextAt, now }: DueRequest, count: number): DueTicks {
  // One more, which shows where the gap ends.
  const newest = ticks.newest(now, count + 1).filter((tick) => tick >= nextAt);
  const kept = newest.slice(-count);
  const [first = nextAt] = kept;
  const { ticks: due, nextAt: next } = eachFrom(ticks, first, now);
  const before = newest.length > count ? newest[0] : undefined;
  return { ticks: due, nextAt: next, missed: before === undefined ? null : { from: nextAt, to: before } };
}
