import type { JobState } from "../database/enums.generated.ts";
import { checkId } from "../database/input.ts";
import { combinePlans, mapPlan, type Plan } from "../database/plan.ts";
import type { Write } from "../database/session.ts";
import { cancelJobs as cancelStatement, lockRetriedKeys, retryJobs as retryStatement } from "./statements.generated.ts";

/** Whether a job was changed, and the queues in which there may be something to claim because of it. */
export interface Changed {
  readonly changed: boolean;
  readonly woken: readonly string[];
}

/** The states that `cancel` ends. */
export const openStates: readonly JobState[] = ["blocked", "scheduled", "ready", "running"];

/** The states that `retry` leads out of. */
export const retriedStates: readonly JobState[] = ["dead", "canceled"];

/** The write of cancellations, by job id. */
export const cancelJobs: Write<string, Changed> = {
  name: "jobs.cancel",
  keys: jobKeys,
  plan: (ids) => cancelPlan(ids, openStates),
};

/** The plan that cancels jobs which are still in one of the states. */
export function cancelPlan(ids: readonly string[], states: readonly JobState[]): Plan<readonly Changed[]> {
  return mapPlan(cancelStatement({ ids, states }), (rows) =>
    rows.map(({ canceled, woken }) => ({ changed: canceled, woken: woken ?? [] })),
  );
}

/** The write of retries, by job id. */
export const retryJobs: Write<string, Changed> = {
  name: "jobs.retry",
  keys: jobKeys,
  plan: (ids) => retryPlan({ ids, states: retriedStates, leavesTaken: false }),
};

/** The plan that retries jobs which are still in one of the states; those whose key another has are refused, or left as they are. */
export function retryPlan(retry: {
  readonly ids: readonly string[];
  readonly states: readonly JobState[];
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
