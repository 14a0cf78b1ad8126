import type { Order } from "../core/input.ts";
import type { KvRange } from "./entry.ts";
import { checkKeyText } from "./kv-definition.ts";

/** A range for the statements: from the first key if `lower` is empty, to the last if `upper` is null. */
export interface Bounds {
  readonly lower: string;
  readonly withLower: boolean;
  readonly upper: string | null;
  readonly withUpper: boolean;
}

interface Bound {
  readonly key: string;
  readonly isInclusive: boolean;
}

/** The bounds of a range that continues after a key. */
export function boundsOf(range: KvRange & { readonly after?: string | undefined }, order: Order): Bounds {
  const inclusive = (field: "gte" | "lte"): Bound | null => boundOf(range[field], field, true);
  const exclusive = (field: "gt" | "lt" | "after"): Bound | null => boundOf(range[field], field, false);
  const after = exclusive("after");
  const lower = narrowest([inclusive("gte"), exclusive("gt"), order === "asc" ? after : null], 1);
  const upper = narrowest([inclusive("lte"), exclusive("lt"), order === "desc" ? after : null], -1);
  return {
    lower: lower?.key ?? "",
    withLower: lower?.isInclusive ?? true,
    upper: upper?.key ?? null,
    withUpper: upper?.isInclusive ?? true,
  };
}

function boundOf(key: string | undefined, field: string, isInclusive: boolean): Bound | null {
  return key === undefined ? null : { key: checkKeyText(key, field), isInclusive };
}

/** The bound that leaves the fewest keys: the greatest (1) or the least (-1). Of two with the same key, the exclusive one. */
function narrowest(bounds: readonly (Bound | null)[], direction: 1 | -1): Bound | null {
  return bounds.reduce((best, bound) => {
    if (best === null || bound === null) return best ?? bound;
    // As the database compares: by UTF-8 bytes, which differs from the order of JavaScript's strings.
    const order = Buffer.compare(Buffer.from(bound.key), Buffer.from(best.key)) * direction;
    return order > 0 || (order === 0 && !bound.isInclusive) ? bound : best;
  }, null);
}
