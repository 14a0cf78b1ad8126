/** The times of a rule. */
export interface Ticks {
  /** The first after a time; null if none comes. */
  readonly next: (after: Date) => Date | null;
  /** The last `count` up to a time, inclusively, oldest first. */
  readonly newest: (upTo: Date, count: number) => readonly Date[];
}

/** The ticks of an interval: its anchor, and every whole number of intervals after it. */
export function intervalTicks(everyMs: number, anchorAt: Date): Ticks {
  const anchorMs = anchorAt.getTime();
  const at = (number: number): Date => new Date(anchorMs + number * everyMs);
  /** The number of the last tick up to a time. The anchor is number 0, and nothing precedes it. */
  const numberUpTo = (moment: Date): number => Math.max(Math.floor((moment.getTime() - anchorMs) / everyMs), -1);
  return {
    next: (after) => at(numberUpTo(after) + 1),
    newest: (upTo, count) => {
      const last = numberUpTo(upTo);
      const first = Math.max(last - count + 1, 0);
      return Array.from({ length: last - first + 1 }, (_, i) => at(first + i));
    },
  };
}
