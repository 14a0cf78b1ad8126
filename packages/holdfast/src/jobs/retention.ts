import { mapPlan, type Plan } from "../database/plan.ts";
import { countExpiredJobs, removeExpiredJobs } from "./statements.generated.ts";

/** Which ended jobs have been kept for long enough: those that ended so, at least `keepMs` ago. */
export interface ExpiredJobs {
  readonly statuses: readonly ("succeeded" | "dead" | "canceled")[];
  readonly keepMs: number;
}

/**
 * Removes such jobs, at most `limit` of them, and answers how many. The jobs of an execution are not among them: they are removed with
 * it, so that a step that is repeated finds what it pushed.
 */
export function removeExpiredJobsPlan(expired: ExpiredJobs & { readonly limit: number }): Plan<number> {
  return mapPlan(removeExpiredJobs(expired), ({ removed }) => removed);
}

/** How many jobs that would remove in all. */
export function countExpiredJobsPlan(expired: ExpiredJobs): Plan<number> {
  return mapPlan(countExpiredJobs(expired), (row) => row.expired);
}
