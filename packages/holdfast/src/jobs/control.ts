import type { JobStatus } from "../core/enums.generated.ts";
import { checkId } from "../core/input.ts";
import { combinePlans, mapPlan, type Plan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import { cancelJobs as cancelStatement, lockRetriedKeys, retryJobs as retryStatement } from "./statements.generated.ts";

/** Whether a job was changed, and the queues that may have work because of it. */
export interface Changed {
  readonly changed: boolean;
  readonly woken: readonly string[];
}

/** The statuses that `cancel` ends. */
export const openStatuses: readonly JobStatus[] = ["blocked", "scheduled", "ready", "running"];

/** The statuses that `retry` leaves. */
export const retriedStatuses: readonly JobStatus[] = ["dead", "canceled"];

/** The write of cancellations, by job id. */
export const cancelJobs: Write<string, Changed> = {
  name: "jobs.cancel",
  keys: jobKeys,
  plan: (ids) => cancelPlan(ids.map(anyJob), openStatuses),
};

/** A job to cancel. If an execution is given, the job must belong to it or to none. */
export interface CanceledJob {
  readonly id: string;
  readonly executionId: string | null;
}

/** A job to cancel, whichever execution it belongs to. */
export function anyJob(id: string): CanceledJob {
  return { id, executionId: null };
}

/** Cancels jobs that are still in one of the statuses. Fails if one belongs to another execution than it should. */
export function cancelPlan(jobs: readonly CanceledJob[], statuses: readonly JobStatus[]): Plan<readonly Changed[]> {
  const plan = cancelStatement({
    ids: jobs.map(({ id }) => id),
    executionIds: jobs.map(({ executionId }) => executionId),
    statuses,
  });
  return mapPlan(plan, (rows) => rows.map(({ canceled, woken }) => ({ changed: canceled, woken: woken ?? [] })));
}

/** The write of retries, by job id. */
export const retryJobs: Write<string, Changed> = {
  name: "jobs.retry",
  keys: jobKeys,
  plan: (ids) => retryPlan({ ids, statuses: retriedStatuses, skipsTakenKeys: false }),
};

/** Retries jobs that are still in one of the statuses. Jobs whose key another job has are refused, or left as they are. */
export function retryPlan(retry: {
  readonly ids: readonly string[];
  readonly statuses: readonly JobStatus[];
  readonly skipsTakenKeys: boolean;
}): Plan<readonly Changed[]> {
  return mapPlan(combinePlans([lockRetriedKeys({ ids: retry.ids }), retryStatement(retry)]), ([, rows]) =>
    rows.map(({ queue }) => ({ changed: queue !== null, woken: queue === null ? [] : [queue] })),
  );
}

/** Checks a job's id. */
export function checkJobId(id: string): string {
  return checkId(id, "id");
}

function jobKeys(id: string): readonly string[] {
  return [`job\0${id}`];
}
