import { hintCanceledJobs, hintClaimable, hintEnded, hintQueues } from "../claims/hints.ts";
import { type EncodedWait, toWaitOutcome } from "../correlations/waits.ts";
import type { Session } from "../database/session.ts";
import { hintCanceled } from "../executions/cancel.ts";
import { hintAppended } from "../history/history.ts";
import { hintPushed } from "../jobs/jobs.ts";
import { encodeTransition } from "./encode.ts";
import type { TransitionInput, TransitionResult } from "./input.ts";
import { applyTransition } from "./plan.ts";

export type {
  End,
  Park,
  ParkedWait,
  Requirement,
  TaskStatusInput,
  TransitionInput,
  TransitionResult,
} from "./input.ts";

/** What `executions` can do besides the nouns' own methods. */
export interface Transition {
  /**
   * Makes a step of an execution: its state and status, tasks, component states, waits, timers, jobs and history, all or
   * nothing, in one round trip. Steps of concurrent callers travel together. What it requires is checked and held, and written nowhere:
   * steps that are recorded at once under one token do not conflict.
   *
   * @throws LeaseLostError when a claim of `holding`, `complete`, `fail`, `release` or `acknowledge`, or the lease that is required, does
   * not hold any more. @throws ConflictError unless versions and numbers are as expected, or for a status that may not change so.
   * @throws NotFoundError for what does not exist, the execution too. @throws InvalidInputError for tasks, waits, timers, jobs and claims of
   * another execution. Nothing is changed then.
   */
  transition(id: string, input: TransitionInput): Promise<TransitionResult>;
}

/** The `transition` of a store or of a transaction. */
export function transitionOf(session: Session): Transition {
  return {
    transition: async (id, input) => {
      const encoded = encodeTransition(session.codec, id, input);
      const { woken, canceledIn, registered, parkedIn, ...rest } = await session.write(applyTransition, encoded);
      hintPushed(session, encoded.jobs, rest.jobs);
      hintQueues(session, woken);
      hintCanceledJobs(session, canceledIn);
      // One that waits is told too: it may be due before what a worker sleeps for.
      hintClaimable(session, [parkedIn]);
      hintCanceled(session, rest.canceledChildren);
      if (rest.execution !== null) hintEnded(session, rest.execution);
      if (rest.timers.length > 0) session.hint("timers");
      if (rest.entries.length > 0) hintAppended(session);
      const waits = registered.map((row, i) => toWaitOutcome(session.codec, encoded.waits[i] as EncodedWait, row));
      return { ...rest, waits };
    },
  };
}
