import { lockKeys } from "../correlations/waits.ts";
import { loneOf } from "../database/batches.ts";
import { combinePlans, type Plan } from "../database/plan.ts";
import { lockLinked } from "../jobs/push.ts";
import type { EncodedTransition } from "./encode.ts";
import { lockModeOf } from "./lock-mode.ts";
import {
  lockExecution,
  lockExecutions,
  requireJobClaims,
  requireTimerClaims,
  type RequireTimerClaimsParameters,
} from "./statements.generated.ts";

/** What has to hold, and to be locked, before anything is changed. */
export function guardsOf(transitions: readonly EncodedTransition[]): Plan<unknown> {
  const waits = transitions.flatMap(({ waits: own, park }) => [...own, ...park.flatMap((each) => each.waits)]);
  const cancelWaits = transitions.flatMap((each) => each.cancelWaits);
  const cancelJobs = transitions.flatMap((each) => each.cancelJobs);
  const jobClaims = columnsOf(transitions, (transition) => transition.jobClaims);
  const timerClaims = columnsOf(transitions, (transition) => transition.timerClaims);
  const isLinked = jobClaims.ids.length > 0 || cancelJobs.length > 0;
  const jobs = isLinked ? transitions.flatMap((transition) => transition.jobs) : [];
  return combinePlans([
    unlessEmpty([...waits, ...cancelWaits], () => lockKeys(waits, cancelWaits)),
    executionLocks(transitions),
    lockLinked(jobClaims.ids, jobs, cancelJobs),
    unlessEmpty(jobClaims.ids, () => requireJobClaims(jobClaims)),
    unlessEmpty(timerClaims.ids, () => requireTimerClaims(timerClaims)),
  ]);
}

/** Before anything else, so that a step is refused as a whole for what its execution is not, and nothing waits for it in a circle. */
function executionLocks(transitions: readonly EncodedTransition[]): Plan<unknown> {
  const locks = transitions.map((transition) => ({
    id: transition.executionId,
    mode: lockModeOf(transition),
    ...transition.requirement,
  }));
  const only = loneOf(locks);
  if (only) return lockExecution(only);
  return lockExecutions({
    ids: locks.map(({ id }) => id),
    modes: locks.map(({ mode }) => mode),
    tokens: locks.map(({ token }) => token),
    holders: locks.map(({ holder }) => holder),
    versions: locks.map(({ version }) => version),
    statuses: locks.map(({ statuses }) => statuses),
  });
}

function unlessEmpty(items: readonly unknown[], plan: () => Plan<unknown>): Plan<unknown> {
  return items.length === 0 ? { statements: [], read: () => null } : plan();
}

/** Claims of transitions, each with the execution whose step it is for. */
function columnsOf(
  transitions: readonly EncodedTransition[],
  claimsOf: (transition: EncodedTransition) => EncodedTransition["jobClaims"],
): RequireTimerClaimsParameters {
  const claims = transitions.flatMap((each) => claimsOf(each).map((claim) => ({ ...claim, within: each.executionId })));
  return {
    ids: claims.map((claim) => claim.id),
    tokens: claims.map((claim) => claim.token),
    executionIds: claims.map((claim) => claim.within),
  };
}
