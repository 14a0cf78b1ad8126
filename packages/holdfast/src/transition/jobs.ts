import { type Held, isHeld } from "../claims/claims.ts";
import { combinePlans, mapPlan, type Plan } from "../core/plan.ts";
import { gather } from "../core/write.ts";
import { type Acknowledged, completeSettledJobs, failSettledJobs } from "../jobs/acknowledge.ts";
import { type CanceledJob, cancelPlan, openStatuses } from "../jobs/control.ts";
import { pushGathered } from "../jobs/push.ts";
import { releaseSettledJobs } from "../jobs/release.ts";
import type { EncodedTransition } from "./encode.ts";
import type { TransitionResult } from "./input.ts";

/** The outcomes of the jobs of each transition. */
interface JobOutcomes {
  readonly of: (i: number) => Pick<TransitionResult, "jobs" | "failed" | "released" | "canceledJobs">;
  /** The queues that may have something to claim because of it. */
  readonly wokenBy: (i: number) => readonly string[];
  /** The queues of jobs that were canceled while they ran, or became ready because of a cancellation. */
  readonly canceledIn: (i: number) => readonly string[];
}

/** Pushes jobs, ends or gives back those with checked claims, and cancels others. */
export function jobsPlan(transitions: readonly EncodedTransition[]): Plan<JobOutcomes> {
  const plan = combinePlans([
    gather(transitions, (each) => each.jobs, pushGathered),
    gather(transitions, (each) => each.completions, completeSettledJobs),
    gather(transitions, (each) => each.failures, failSettledJobs),
    gather(transitions, (each) => each.releases, releaseSettledJobs),
    gather(transitions, jobsToCancel, { plan: (jobs) => cancelPlan(jobs, openStatuses) }),
  ]);
  return mapPlan(plan, ([pushed, completed, failed, released, canceled]) => ({
    of: (i) => ({
      jobs: pushed[i] ?? [],
      failed: (failed[i] ?? []).map(outcomeOf),
      released: (released[i] ?? []).map(outcomeOf),
      canceledJobs: (canceled[i] ?? []).map(({ changed }) => changed),
    }),
    wokenBy: (i) => [completed[i], failed[i], released[i]].flatMap(wokenQueues),
    canceledIn: (i) => wokenQueues(canceled[i]),
  }));
}

interface Waking {
  readonly woken: readonly string[];
}

function wokenQueues(outcomes: readonly Waking[] = []): readonly string[] {
  return outcomes.flatMap(({ woken }) => woken);
}

function jobsToCancel({ executionId, cancelJobs }: EncodedTransition): readonly CanceledJob[] {
  return cancelJobs.map((id) => ({ id, executionId }));
}

/** The claims were checked before. */
function outcomeOf<Outcome extends { readonly ok: boolean }>({ outcome }: Acknowledged<Outcome>): Held<Outcome> {
  if (!isHeld(outcome)) throw new TypeError("A claim was lost that this transaction has locked.");
  return outcome;
}
