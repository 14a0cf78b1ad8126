const minute = 60_000;

const LENGTHS: ReadonlyMap<string, number> = new Map([
  ["15m", 15 * minute],
  ["1h", 60 * minute],
  ["24h", 24 * 60 * minute],
  ["7d", 7 * 24 * 60 * minute],
]);

/** Spans of time until now, for a choice. */
export const spans: readonly (readonly [string, string])[] = [
  ["", "any time"],
  ["15m", "last 15 min"],
  ["1h", "last hour"],
  ["24h", "last 24 h"],
  ["7d", "last week"],
];

/** When a span until now began, to the minute, so that the same question is asked for a minute; undefined for none. */
export function spanOf(name: string | undefined): string | undefined {
  const length = name === undefined ? undefined : LENGTHS.get(name);
  if (length === undefined) return undefined;
  return new Date(Math.floor((Date.now() - length) / minute) * minute).toISOString();
}
