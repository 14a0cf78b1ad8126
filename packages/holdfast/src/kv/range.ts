import type { KvRange } from "./entry.ts";
import { checkKeyText } from "./input.ts";

/** A range as the statements take it: from the first key on where `lower` is empty, to the last where `upper` is null. */
export interface Bounds {
  readonly lower: string;
  readonly withLower: boolean;
  readonly upper: string | null;
  readonly withUpper: boolean;
}

interface Bound {
  readonly key: string;
  readonly isWithin: boolean;
}

/** The bounds of a range that goes on after a key, upwards or, `isReverse`, downwards. */
export function boundsOf(range: KvRange & { readonly after?: string | undefined }, isReverse: boolean): Bounds {
  const within = (field: "gte" | "lte"): Bound | null => boundOf(range[field], field, true);
  const beyond = (field: "gt" | "lt" | "after"): Bound | null => boundOf(range[field], field, false);
  const after = beyond("after");
  const lower = narrowest([within("gte"), beyond("gt"), isReverse ? null : after], 1);
  const upper = narrowest([within("lte"), beyond("lt"), isReverse ? after : null], -1);
  return {
    lower: lower?.key ?? "",
    withLower: lower?.isWithin ?? true,
    upper: upper?.key ?? null,
    withUpper: upper?.isWithin ?? true,
  };
}

function boundOf(key: string | undefined, field: string, isWithin: boolean): Bound | null {
  return key === undefined ? null : { key: checkKeyText(key, field), isWithin };
}

/** The bound that leaves the fewest keys: the greatest (1) or the least (-1), and of two with the same key the one without it. */
function narrowest(bounds: readonly (Bound | null)[], direction: 1 | -1): Bound | null {
  return bounds.reduce((best, bound) => {
    if (best === null || bound === null) return best ?? bound;
    // As the database compares: by the bytes of UTF-8, which is not the order of JavaScript's strings.
    const order = Buffer.compare(Buffer.from(bound.key), Buffer.from(best.key)) * direction;
    return order > 0 || (order === 0 && !bound.isWithin) ? bound : best;
  }, null);
}
