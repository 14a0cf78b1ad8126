import { checkId } from "../database/input.ts";
import { combinePlans, mapPlan } from "../database/plan.ts";
import type { Write } from "../database/session.ts";
import { cancelJobs as cancelStatement, lockRetriedKeys, retryJobs as retryStatement } from "./statements.generated.ts";

/** Whether a job was changed, and the queues in which there may be something to claim because of it. */
export interface Changed {
  readonly changed: boolean;
  readonly woken: readonly string[];
}

/** The write of cancellations, by job id. */
export const cancelJobs: Write<string, Changed> = {
  name: "jobs.cancel",
  keys: jobKeys,
  plan: (ids) =>
    mapPlan(cancelStatement({ ids }), (rows) =>
      rows.map(({ canceled, woken }) => ({ changed: canceled, woken: woken ?? [] })),
    ),
};

/** The write of retries, by job id. */
export const retryJobs: Write<string, Changed> = {
  name: "jobs.retry",
  keys: jobKeys,
  plan: (ids) =>
    mapPlan(combinePlans([lockRetriedKeys({ ids }), retryStatement({ ids })]), ([, rows]) =>
      rows.map(({ queue }) => ({ changed: queue !== null, woken: queue === null ? [] : [queue] })),
    ),
};

/** A job's id, checked. */
export function checkJobId(id: string): string {
  return checkId(id, "id");
}

function jobKeys(id: string): readonly string[] {
  return [`job\0${id}`];
}
