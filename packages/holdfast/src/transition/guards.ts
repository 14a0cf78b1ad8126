import { combinePlans, loneOf, type Plan, unlessEmpty } from "../core/plan.ts";
import { lockKeys } from "../correlations/waits.ts";
import { hasEnded } from "../executions/execution.ts";
import { lockFailing } from "../jobs/owners.ts";
import { lockLinked } from "../jobs/push.ts";
import type { EncodedTransition } from "./encode.ts";
import {
  lockCanceled,
  lockExecution,
  lockExecutions,
  requireJobClaims,
  requireTimerClaims,
  type RequireTimerClaimsParameters,
} from "./statements.generated.ts";

/** What must hold, and be locked, before anything is changed. */
export function guardsOf(transitions: readonly EncodedTransition[]): Plan<unknown> {
  const waits = transitions.flatMap(({ waits: own, park }) => [...own, ...park.flatMap((each) => each.waits)]);
  const cancelWaits = transitions.flatMap((each) => each.cancelWaits);
  const cancelJobs = transitions.flatMap((each) => each.cancelJobs);
  const jobClaims = columnsOf(transitions, (transition) => transition.jobClaims);
  const timerClaims = columnsOf(transitions, (transition) => transition.timerClaims);
  const failures = transitions.flatMap((each) => each.failures);
  const ends = transitions.flatMap((each) => each.end);
  const ending = ends.map(({ id }) => id);
  const touched = [...jobClaims.ids, ...cancelJobs];
  const isLinked = jobClaims.ids.length > 0 || cancelJobs.length > 0;
  const jobs = isLinked ? transitions.flatMap((transition) => transition.jobs) : [];
  return combinePlans([
    unlessEmpty([...waits, ...cancelWaits], () => lockKeys(waits, cancelWaits)),
    executionLocks(transitions),
    lockDescendants(ends, touched),
    lockFailing(failures, touched, ending),
    lockLinked(jobClaims.ids, jobs, cancelJobs, ending),
    unlessEmpty(jobClaims.ids, () => requireJobClaims({ ...jobClaims, ending })),
    unlessEmpty(timerClaims.ids, () => requireTimerClaims(timerClaims)),
  ]);
}

/** Before anything else: a step is refused as a whole if its execution does not qualify, and no deadlock is possible. */
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
    lax: locks.map(({ lax }) => lax),
    versions: locks.map(({ version }) => version),
    statuses: locks.map(({ statuses }) => statuses),
  });
}

/** Locks what is canceled below ending executions, with the other jobs that the steps touch. */
function lockDescendants(ends: EncodedTransition["end"], claimed: readonly string[]): Plan<unknown> {
  const ids = ends.flatMap(({ id, cancels }) => (cancels ? [id] : []));
  return unlessEmpty(ids, () => lockCanceled({ ids, claimed }));
}

/**
 * How a transition locks its execution: at once as strongly as any of its statements, because two transitions could otherwise wait for
 * each other. A required version or status must stay as it is. Steps that only add to the execution need neither.
 */
export function lockModeOf({
  change: [change],
  timers,
  requirement,
  park,
  failures,
}: EncodedTransition): "add" | "hold" | "change" | "end" {
  // The execution may fail with a job.
  if (failures.length > 0) return "end";
  if (change !== undefined) return hasEnded(change.status) ? "end" : "change";
  if (park.length > 0 || timers.some(({ dedupeKey }) => dedupeKey !== null)) return "change";
  return requirement.version === null && requirement.statuses === null ? "add" : "hold";
}

/** Claims of transitions, each with the execution of its step. */
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
