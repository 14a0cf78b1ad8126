import { type Held, isHeld } from "../claims/claims.ts";
import { gather } from "../database/gather.ts";
import { combinePlans, mapPlan, type Plan } from "../database/plan.ts";
import { type Acknowledged, completeSettledJobs, failSettledJobs } from "../jobs/acknowledge.ts";
import type { Changed } from "../jobs/control.ts";
import { pushGathered } from "../jobs/push.ts";
import { releaseSettledJobs } from "../jobs/release.ts";
import type { EncodedTransition } from "./encode.ts";
import type { TransitionResult } from "./input.ts";
import { cancelOwnJobs } from "./statements.generated.ts";

/** What became of the jobs of each transition. */
interface Work {
  readonly of: (i: number) => Pick<TransitionResult, "jobs" | "failed" | "released" | "canceledJobs">;
  /** The queues in which there may be something to claim because of it. */
  readonly wokenBy: (i: number) => readonly string[];
  /** The queues in which jobs were canceled while they ran, or became ready because of a cancellation. */
  readonly canceledIn: (i: number) => readonly string[];
}

/** Pushes jobs, ends or gives back those whose claims were found to hold, and cancels others. */
export function workOn(transitions: readonly EncodedTransition[]): Plan<Work> {
  const plan = combinePlans([
    gather(transitions, (each) => each.jobs, pushGathered),
    gather(transitions, (each) => each.completions, completeSettledJobs),
    gather(transitions, (each) => each.failures, failSettledJobs),
    gather(transitions, (each) => each.releases, releaseSettledJobs),
    gather(transitions, jobsToCancel, { plan: cancelPlan }),
  ]);
  return mapPlan(plan, ([pushed, completed, failed, released, canceled]) => ({
    of: (i) => ({
      jobs: pushed[i] ?? [],
      failed: (failed[i] ?? []).map(outcomeOf),
      released: (released[i] ?? []).map(outcomeOf),
      canceledJobs: (canceled[i] ?? []).map(({ changed }) => changed),
    }),
    wokenBy: (i) => [completed[i], failed[i], released[i]].flatMap(wokenIn),
    canceledIn: (i) => wokenIn(canceled[i]),
  }));
}

interface Waking {
  readonly woken: readonly string[];
}

function wokenIn(outcomes: readonly Waking[] = []): readonly string[] {
  return outcomes.flatMap(({ woken }) => woken);
}

function jobsToCancel({ executionId, cancelJobs }: EncodedTransition): readonly OwnJob[] {
  return cancelJobs.map((id) => ({ id, executionId }));
}

interface OwnJob {
  readonly id: string;
  readonly executionId: string;
}

function cancelPlan(jobs: readonly OwnJob[]): Plan<readonly Changed[]> {
  const plan = cancelOwnJobs({
    ids: jobs.map(({ id }) => id),
    executionIds: jobs.map(({ executionId }) => executionId),
  });
  return mapPlan(plan, (rows) => rows.map(({ canceled, woken }) => ({ changed: canceled, woken: woken ?? [] })));
}

/** The claims were found to hold before. */
function outcomeOf<Outcome extends { readonly ok: boolean }>({ outcome }: Acknowledged<Outcome>): Held<Outcome> {
  if (!isHeld(outcome)) throw new TypeError("A claim was lost that this transaction has locked.");
  return outcome;
}
