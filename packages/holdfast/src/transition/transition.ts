import { emitCanceled, emitCompleted, emitFailed } from "../claims/events.ts";
import { hintCanceledJobs, hintClaimable, hintEnded, hintQueues, hintStopped } from "../claims/hints.ts";
import { pendingChecks } from "../core/standard-schema.ts";
import { doExpire, type EncodedWait, toWaitOutcome } from "../correlations/waits.ts";
import { decodePayloads, endedByWrite } from "../executions/execution.ts";
import { hintAppended, toEntry } from "../history/history.ts";
import { hintPushed } from "../jobs/jobs.ts";
import type { Session } from "../session/session.ts";
import { type EncodedTransition, encodeTransition } from "./encode.ts";
import type { TransitionInput, TransitionResult } from "./input.ts";
import { applyTransition } from "./plan.ts";
import { type EncodedTaskEnd, toEndedTask } from "./task-ends.ts";

export type {
  End,
  Park,
  ParkedWait,
  Requirement,
  TaskEnd,
  TaskStatusInput,
  TransitionInput,
  TransitionResult,
} from "./input.ts";

/** Operations of `executions` that combine nouns. */
export interface Transition {
  /**
   * Makes a step of an execution: its state and status, tasks, component states, waits, timers, jobs and history, all or nothing, in one
   * round trip. Concurrent steps share round trips. Requirements are checked and held, but written nowhere: concurrent steps under one
   * token do not conflict. If it throws, nothing has changed.
   *
   * @throws LeaseLostError if a claim of `holding`, `complete`, `fail`, `release` or `acknowledge`, or the required lease, no longer
   * holds.
   * @throws ConflictError unless versions and numbers are as expected, or for an illegal change of status.
   * @throws NotFoundError for anything missing, including the execution.
   * @throws InvalidInputError for tasks, waits, timers, jobs and claims of another execution.
   */
  transition(id: string, input: TransitionInput): Promise<TransitionResult>;
}

/** The `transition` of a store or of a transaction. */
export function transitionOf(session: Session): Transition {
  return {
    transition: async (id, input) => {
      const encoded = encodeTransition(session.codec, id, input);
      const checks = pendingChecks(encoded.jobs, encoded.components);
      if (checks !== null) await checks;
      const { woken, canceledIn, registered, parkedIn, failedExecutions, ended, payloads, behind, ...rest } =
        await session.write(applyTransition, encoded);
      hintPushed(session, encoded.jobs, rest.jobs);
      hintQueues(session, woken);
      hintCanceledJobs(session, canceledIn);
      emitJobEvents(session, encoded, rest);
      // Even a waiting one causes a hint: a worker may be sleeping past its due time.
      hintClaimable(session, [parkedIn]);
      hintStopped(session, rest.canceledChildren, "canceled");
      hintStopped(session, failedExecutions, "failed");
      if (rest.execution !== null && endedByWrite(rest.execution)) hintEnded(session, rest.execution);
      if (rest.timers.length > 0 || doExpire(encoded.waits)) session.hint("timers");
      if (rest.entries.length > 0) hintAppended(session);
      const waits = registered.map((row, i) => toWaitOutcome(session.codec, encoded.waits[i] as EncodedWait, row));
      const endedTasks = ended.map((row, i) => toEndedTask(session.codec, encoded.taskEnds[i] as EncodedTaskEnd, row));
      const { execution } = rest;
      const record = execution && payloads && Object.assign({}, execution, decodePayloads(session.codec, payloads));
      const entriesAfter = behind.map((row) => toEntry(session.codec, encoded.executionId, row));
      return Object.assign(rest, { waits, endedTasks, record, entriesAfter });
    },
  };
}

/** Emits events of the jobs that a step has ended. All of its claims held, or the step would have failed. */
function emitJobEvents(
  session: Session,
  { completions, failures, cancelJobs }: EncodedTransition,
  { failed, canceledJobs }: Pick<TransitionResult, "failed" | "canceledJobs">,
): void {
  emitCompleted(session, completions);
  emitFailed(session, failures, failed);
  emitCanceled(session, cancelJobs, canceledJobs);
}
