import { cronTicks } from "./cron.ts";
import { intervalTicks, type Ticks } from "./ticks.ts";

/** The rule that determines a schedule's ticks. */
export interface Rule {
  readonly cron: string | null;
  readonly timeZone: string;
  readonly everyMs: number | null;
  /** The start of the intervals. */
  readonly anchorAt: Date;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
}

/** The latest tick, as for every instant. */
const lastMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** The ticks of a rule, between its start and its end. */
export function ticksOf({ cron, timeZone, everyMs, anchorAt, startsAt, endsAt }: Rule): Ticks {
  const ticks = everyMs === null ? cronTicks(cron ?? "", timeZone) : intervalTicks(everyMs, anchorAt);
  const endMs = endsAt?.getTime() ?? lastMs;
  return {
    next: (after) => {
      const isBefore = startsAt !== null && after < startsAt;
      const next = ticks.next(isBefore ? new Date(startsAt.getTime() - 1) : after);
      return next !== null && next.getTime() <= endMs ? next : null;
    },
    newest: (upTo, count) => {
      const newest = ticks.newest(new Date(Math.min(upTo.getTime(), endMs)), count);
      return startsAt === null ? newest : newest.filter((tick) => tick >= startsAt);
    },
  };
}
