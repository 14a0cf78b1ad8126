/** A span of time on the screen. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
  /** What the axis counts from; its own beginning by default. */
  readonly origin?: number;
}

/** Where a span lies in a window, in percent of its width; null outside of it. */
export function placeIn(window: TimeWindow, from: number, to: number): { left: number; width: number } | null {
  const whole = Math.max(window.to - window.from, 1);
  const left = ((Math.max(from, window.from) - window.from) / whole) * 100;
  const right = ((Math.min(to, window.to) - window.from) / whole) * 100;
  if (from > window.to || to < window.from) return null;
  return { left, width: Math.max(right - left, 0) };
}

const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000,
];

/** The times to mark in a window, as distances from `origin`: round ones, and no more than fit. */
export function marksOf(window: TimeWindow, origin: number, marksMax: number): readonly number[] {
  const whole = window.to - window.from;
  const day = 86_400_000;
  const step = STEPS.find((each) => whole / each <= marksMax) ?? Math.ceil(whole / marksMax / day) * day;
  const first = Math.ceil((window.from - origin) / step) * step;
  const marks: number[] = [];
  for (let at = first; at <= window.to - origin; at += step) marks.push(at);
  return marks;
}

/** The window around its middle that is `factor` times as long, within the bounds. */
export function zoom({ from, to, ...rest }: TimeWindow, factor: number, bounds: TimeWindow): TimeWindow {
  const middle = (from + to) / 2;
  const half = Math.max(((to - from) / 2) * factor, 1);
  return within({ ...rest, from: middle - half, to: middle + half }, bounds);
}

/** The window moved by a part of its length, within the bounds. */
export function shift({ from, to, ...rest }: TimeWindow, part: number, bounds: TimeWindow): TimeWindow {
  const by = (to - from) * part;
  return within({ ...rest, from: from + by, to: to + by }, bounds);
}

function within({ from, to, ...rest }: TimeWindow, bounds: TimeWindow): TimeWindow {
  const length = to - from;
  if (length >= bounds.to - bounds.from) return bounds;
  if (from < bounds.from) return { ...rest, from: bounds.from, to: bounds.from + length };
  return to > bounds.to ? { ...rest, from: bounds.to - length, to: bounds.to } : { ...rest, from, to };
}
