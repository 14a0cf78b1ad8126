import { mapPlan, type Plan } from "../database/plan.ts";
import { countExpiredKv, removeExpiredKv } from "./statements.generated.ts";

/** Removes entries whose time is up, at most `limit`, the longest expired first; how many went. */
export function removeExpiredEntries(limit: number): Plan<number> {
  return mapPlan(removeExpiredKv({ limit }), ({ removed }) => removed);
}

/** How many entries {@link removeExpiredEntries} would remove in all. */
export function countExpiredEntries(): Plan<number> {
  return mapPlan(countExpiredKv({}), ({ count }) => count);
}
