import { type JsonText, searchableCodec } from "./codec.ts";
import { namedValuesOf } from "./fields.ts";
import { invalid } from "./input.ts";

/** Counters by name, such as tokens or costs; amounts are 0 or more, and sums stay below 2^53. */
export type Usage = Readonly<Record<string, number>>;

/** Checks and encodes additions to counters; null if there are none. */
export function encodeUsage(usage: Usage | undefined, field = "usage"): JsonText | null {
  if (usage === undefined) return null;
  const entries = namedValuesOf(usage, field);
  for (const [name, amount] of entries) {
    if (typeof amount !== "number" || !(amount >= 0 && amount <= Number.MAX_SAFE_INTEGER)) {
      throw invalid(`${field}.${name}`, "must be a number from 0 to 2^53 - 1");
    }
  }
  return searchableCodec.encode(Object.fromEntries(entries), field);
}

/** The counters of a row: checked when each amount was added, and the schema has no other writer. */
export function decodeUsage(usage: JsonText): Usage {
  return searchableCodec.decode(usage) as Usage;
}
