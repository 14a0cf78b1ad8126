import type { Claim, Held } from "../claims/claims.ts";
import type { ComponentStateInput } from "../components/components.ts";
import type { WaitInput, WaitOutcome } from "../correlations/waits.ts";
import type { Status } from "../database/enums.generated.ts";
import type { ExecutionChange } from "../executions/change.ts";
import type { ExecutionHead } from "../executions/execution.ts";
import type { ExecutionExpectation } from "../executions/executions.ts";
import type { HistoryEntryInput } from "../history/history.ts";
import type { Completion, Failure } from "../jobs/acknowledge.ts";
import type { FailedJob, JobInput, PushedJob, ReleasedJob } from "../jobs/job.ts";
import type { Release } from "../jobs/release.ts";
import type { PropagatedTask } from "../tasks/task-writes.ts";
import type { TaskInput, TaskSummary } from "../tasks/task.ts";
import type { ScheduledTimer, TimerInput } from "../timers/scheduling.ts";
import type { Usage } from "../usage.ts";
import type { End, Park } from "./leaving.ts";
import type { Requirement } from "./requirement.ts";

export type { End, Park, ParkedWait } from "./leaving.ts";
export type { Requirement } from "./requirement.ts";

/** A new status of a task that exists. */
export interface TaskStatusInput {
  readonly id: string;
  readonly status: Status;
  /** Kept as it is where it is left out; so is `error`. */
  readonly output?: unknown;
  readonly error?: unknown;
  /** Added to the counters. */
  readonly usage?: Usage | undefined;
  readonly expectedVersion?: number | undefined;
}

/**
 * A step of one execution: everything that changes with it, and the claims by right of which it is made. All parts are
 * optional. What is inside an execution is given without its id. What belongs to another execution is refused, for this one's lease and
 * version say nothing about it; a job to hold or to complete may belong to none.
 */
export interface TransitionInput extends Omit<ExecutionChange, keyof ExecutionExpectation> {
  /** What must hold; the lease is looked at first, then the version, then the status. */
  readonly require?: Requirement | undefined;
  /** Gives the lease back, so that the execution waits, in its queue, for what comes first. Requires a token or a holder. */
  readonly park?: Park | undefined;
  /**
   * Ends the execution, and removes what is left of it: jobs that have not ended are canceled, waits and timers removed; a parent that is
   * parked for its children is told. In place of `status`, `output` and `error`.
   */
  readonly end?: End | undefined;
  /** Jobs that the caller works on, whose claims must still hold. */
  readonly holding?: readonly Claim[] | undefined;
  /** Jobs that are done with this step; their claims must still hold. */
  readonly complete?: readonly Completion[] | undefined;
  /** Jobs whose attempts fail with this step, as `jobs.fail` does it; their claims must still hold. */
  readonly fail?: readonly Failure[] | undefined;
  /** Jobs to give back, as `jobs.release` does it; their claims must still hold. */
  readonly release?: readonly Release[] | undefined;
  /** Timers that this step answers; their claims must still hold. */
  readonly acknowledge?: readonly Claim[] | undefined;
  /** Tasks to create or change. */
  readonly tasks?: readonly Omit<TaskInput, "executionId">[] | undefined;
  /** New statuses of tasks; their ancestors follow. */
  readonly taskStatuses?: readonly TaskStatusInput[] | undefined;
  readonly components?: readonly Omit<ComponentStateInput, "executionId">[] | undefined;
  readonly waits?: readonly Omit<WaitInput, "executionId">[] | undefined;
  readonly timers?: readonly Omit<TimerInput, "executionId">[] | undefined;
  /** Ids of waits to cancel, if nothing was delivered to them. They are gone before `waits` are registered. */
  readonly cancelWaits?: readonly string[] | undefined;
  /** Ids of timers to cancel, if they have not fired. */
  readonly cancelTimers?: readonly string[] | undefined;
  /** Ids of jobs to cancel, if they have not ended. */
  readonly cancelJobs?: readonly string[] | undefined;
  /** They belong to the execution, unless they name another. */
  readonly jobs?: readonly JobInput[] | undefined;
  readonly history?: readonly HistoryEntryInput[] | undefined;
  /** The number that the first history entry is to get. */
  readonly expectedNext?: number | undefined;
}

/** What a transition did; lists are in the order of the input's. */
export interface TransitionResult {
  /** null where nothing of the execution itself was to change. */
  readonly execution: ExecutionHead | null;
  readonly tasks: readonly TaskSummary[];
  readonly taskStatuses: readonly TaskSummary[];
  /** Ancestors whose status followed that of `taskStatuses`. */
  readonly propagated: readonly PropagatedTask[];
  /** A wait that found a kept event has taken it, and does not wait. */
  readonly waits: readonly WaitOutcome[];
  readonly timers: readonly ScheduledTimer[];
  /** Whether each of `cancelWaits` will now never be delivered to. */
  readonly canceledWaits: readonly boolean[];
  /** Whether each of `cancelTimers` will now never fire. */
  readonly canceledTimers: readonly boolean[];
  readonly jobs: readonly PushedJob[];
  /** What became of the jobs of `fail` and of `release`. */
  readonly failed: readonly Held<FailedJob>[];
  readonly released: readonly Held<ReleasedJob>[];
  /** Whether each of `cancelJobs` was canceled by this step. */
  readonly canceledJobs: readonly boolean[];
  /** The numbers of the history entries. */
  readonly entries: readonly number[];
  /** "ready" where what it was parked for was there already, so that it can be claimed at once; null where it was not parked. */
  readonly parked: "waiting" | "ready" | null;
  /** What `end` canceled below the execution: children and what is below them. */
  readonly canceledChildren: readonly string[];
}
