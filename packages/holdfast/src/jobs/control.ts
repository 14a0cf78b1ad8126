import type { JobStatus } from "../database/enums.generated.ts";
import { checkId } from "../database/input.ts";
import { combinePlans, mapPlan, type Plan } from "../database/plan.ts";
import type { Write } from "../database/session.ts";
import { cancelJobs as cancelStatement, lockRetriedKeys, retryJobs as retryStatement } from "./statements.generated.ts";

/** Whether a job was changed, and the queues in which there may be something to claim because of it. */
export interface Changed {
  readonly changed: boolean;
  readonly woken: readonly string[];
}

/** The statuses that `cancel` ends. */
export const openStatuses: readonly JobStatus[] = ["blocked", "scheduled", "ready", "running"];

/** The statuses that `retry` leads out of. */
export const retriedStatuses: readonly JobStatus[] = ["dead", "canceled"];

/** The write of cancellations, by job id. */
export const cancelJobs: Write<string, Changed> = {
  name: "jobs.cancel",
  keys: jobKeys,
  plan: (ids) => cancelPlan(ids, openStatuses),
};

/** The plan that cancels jobs which are still in one of the statuses. */
export function cancelPlan(ids: readonly string[], statuses: readonly JobStatus[]): Plan<readonly Changed[]> {
  return mapPlan(cancelStatement({ ids, statuses }), (rows) =>
    rows.map(({ canceled, woken }) => ({ changed: canceled, woken: woken ?? [] })),
  );
}

/** The write of retries, by job id. */
export const retryJobs: Write<string, Changed> = {
  name: "jobs.retry",
  keys: jobKeys,
  plan: (ids) => retryPlan({ ids, statuses: retriedStatuses, leavesTaken: false }),
};

/** The plan that retries jobs which are still in one of the statuses; those whose key another has are refused, or left as they are. */
export function retryPlan(retry: {
  readonly ids: readonly string[];
  readonly statuses: readonly JobStatus[];
  readonly leavesTaken: boolean;
}): Plan<readonly Changed[]> {
  return mapPlan(combinePlans([lockRetriedKeys({ ids: retry.ids }), retryStatement(retry)]), ([, rows]) =>
    rows.map(({ queue }) => ({ changed: queue !== null, woken: queue === null ? [] : [queue] })),
  );
}

/** A job's id, checked. */
export function checkJobId(id: string): string {
  return checkId(id, "id");
}

function jobKeys(id: string): readonly string[] {
  return [`job\0${id}`];
}
