/** The moments of a rule. */
export interface Ticks {
  /** The first after a moment; null where none comes. */
  readonly next: (after: Date) => Date | null;
  /** The last `count` up to a moment, that one included, the oldest first. */
  readonly newest: (upTo: Date, count: number) => readonly Date[];
}

/** The ticks of an interval: its anchor, and every moment that lies a whole number of intervals after. */
export function intervalTicks(everyMs: number, anchorAt: Date): Ticks {
  const anchorMs = anchorAt.getTime();
  const at = (number: number): Date => new Date(anchorMs + number * everyMs);
  /** The number of the last tick up to a moment; the anchor's is 0, and none is before it. */
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
