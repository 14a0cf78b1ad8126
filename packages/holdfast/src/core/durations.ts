/** Quantiles of a set of durations, in milliseconds. */
export interface Durations {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Reads quantiles from a row; null of an empty set. */
export function toDurations(p50: number | null, p95: number | null, max: number | null): Durations | null {
  return p50 === null || p95 === null || max === null ? null : { p50, p95, max };
}
