import type { Claim, Held } from "../claims/claims.ts";
import type { ComponentStateInput, DefinedState } from "../components/components.ts";
import type { JsonText } from "../core/codec.ts";
import type { Status } from "../core/enums.generated.ts";
import type { Usage } from "../core/usage.ts";
import type { RegisterWaitsRow, WaitInput, WaitOutcome } from "../correlations/waits.ts";
import type { ExecutionChange } from "../executions/change.ts";
import type { Execution, ExecutionHead } from "../executions/execution.ts";
import type { ExecutionExpectation } from "../executions/executions.ts";
import type { HistoryEntry, HistoryEntryInput } from "../history/history.ts";
import type { Completion, Failure } from "../jobs/acknowledge.ts";
import type { FailedJob, JobInput, PushedJob, ReleasedJob } from "../jobs/job.ts";
import type { DefinedJob } from "../jobs/queue-definition.ts";
import type { Release } from "../jobs/release.ts";
import type { PropagatedTask } from "../tasks/task-writes.ts";
import type { Task, TaskInput, TaskSummary } from "../tasks/task.ts";
import type { ScheduledTimer, TimerInput } from "../timers/scheduling.ts";
import type { End, Park } from "./leaving.ts";
import type { Requirement } from "./requirement.ts";
import type { EndTasksRow, ReadAfterRow } from "./statements.generated.ts";
import type { TaskEnd } from "./task-ends.ts";

export type { End, Park, ParkedWait } from "./leaving.ts";
export type { Requirement } from "./requirement.ts";
export type { TaskEnd } from "./task-ends.ts";

/** A new status of an existing task. */
export interface TaskStatusInput {
  readonly id: string;
  readonly status: Status;
  /** Unchanged if it is omitted, like `error`. */
  readonly output?: unknown;
  readonly error?: unknown;
  /** Added to the counters. */
  readonly usage?: Usage | undefined;
  readonly expectedVersion?: number | undefined;
}

/**
 * A step of one execution: all changes that belong together, and the claims that authorize them. All parts are optional. Parts of the
 * execution are given without its id. Parts of another execution are refused, because this one's lease and version do not protect them. A
 * job to hold or to complete may belong to none.
 */
export interface TransitionInput extends Omit<ExecutionChange, keyof ExecutionExpectation> {
  /** What must hold. The lease is checked first, then the version, then the status. */
  readonly require?: Requirement | undefined;
  /** Gives the lease back. The execution then waits, in its queue, for whatever comes first. Requires a token or a holder. */
  readonly park?: Park | undefined;
  /**
   * Ends the execution and cleans up: unfinished jobs are canceled, waits and timers removed, and a parent that is parked for its
   * children is notified. Replaces `status`, `output` and `error`.
   */
  readonly end?: End | undefined;
  /** Jobs that the caller works on, whose claims must still hold. */
  readonly holding?: readonly Claim[] | undefined;
  /** Jobs that this step completes. Their claims must still hold. */
  readonly complete?: readonly Completion[] | undefined;
  /** Jobs whose attempts fail with this step, as by `jobs.fail`. Their claims must still hold. */
  readonly fail?: readonly Failure[] | undefined;
  /** Jobs to give back, as by `jobs.release`. Their claims must still hold. */
  readonly release?: readonly Release[] | undefined;
  /** Timers that this step acknowledges. Their claims must still hold. */
  readonly acknowledge?: readonly Claim[] | undefined;
  /** Tasks to create or update. */
  readonly tasks?: readonly Omit<TaskInput, "executionId">[] | undefined;
  /** New statuses of tasks, which propagate to their ancestors. */
  readonly taskStatuses?: readonly TaskStatusInput[] | undefined;
  /** Tasks that end, each once: alone in a step, the fastest way to end one. */
  readonly endTasks?: readonly TaskEnd[] | undefined;
  readonly components?: readonly (Omit<ComponentStateInput, "executionId"> | DefinedState)[] | undefined;
  readonly waits?: readonly Omit<WaitInput, "executionId">[] | undefined;
  readonly timers?: readonly Omit<TimerInput, "executionId">[] | undefined;
  /** Ids of pending waits to cancel. They are removed before `waits` are registered. */
  readonly cancelWaits?: readonly string[] | undefined;
  /** Ids of timers to cancel, if they have not fired. */
  readonly cancelTimers?: readonly string[] | undefined;
  /** Ids of jobs to cancel, if they have not ended. */
  readonly cancelJobs?: readonly string[] | undefined;
  /** They belong to the execution, unless they name another. */
  readonly jobs?: readonly (JobInput | DefinedJob)[] | undefined;
  readonly history?: readonly HistoryEntryInput[] | undefined;
  /** The number that the first history entry must get. */
  readonly expectedNext?: number | undefined;
  /** Reads the entries of the history behind this number, at most 1,000, as `entriesAfter` of the result: this step's own among them. */
  readonly entriesAfter?: number | undefined;
  /** Whether the result has the changed execution with its payloads, as `record`: "record", or "head" (the default). */
  readonly returning?: "head" | "record" | undefined;
}

/** The result of a transition; lists are in input order. */
export interface TransitionResult {
  /** null if the execution itself did not change. */
  readonly execution: ExecutionHead | null;
  /** The whole execution after the step, if `returning` asks for it and the execution changed; else null. */
  readonly record: Execution | null;
  readonly tasks: readonly TaskSummary[];
  readonly taskStatuses: readonly TaskSummary[];
  /** The ended tasks, with their payloads. */
  readonly endedTasks: readonly Task[];
  /** Ancestors whose status followed that of `taskStatuses`. */
  readonly propagated: readonly PropagatedTask[];
  /** A wait that found a kept event has taken it, and does not wait. */
  readonly waits: readonly WaitOutcome[];
  readonly timers: readonly ScheduledTimer[];
  /** Whether each of `cancelWaits` was canceled, so that nothing will be delivered to it. */
  readonly canceledWaits: readonly boolean[];
  /** Whether each of `cancelTimers` was canceled, and will never fire. */
  readonly canceledTimers: readonly boolean[];
  readonly jobs: readonly PushedJob[];
  /** The outcomes of `fail` and of `release`. */
  readonly failed: readonly Held<FailedJob>[];
  readonly released: readonly Held<ReleasedJob>[];
  /** Whether this step canceled each of `cancelJobs`. */
  readonly canceledJobs: readonly boolean[];
  /** The numbers of the history entries. */
  readonly entries: readonly number[];
  /** When the history entries were recorded; null without any. */
  readonly recordedAt: Date | null;
  /** The entries behind the number of `entriesAfter`, by number; empty if it is not given. */
  readonly entriesAfter: readonly HistoryEntry[];
  /** "ready" if what it parked for had already come, so that it can be claimed at once; null if it was not parked. */
  readonly parked: "waiting" | "ready" | null;
  /** The descendants that `end` canceled. */
  readonly canceledChildren: readonly string[];
}

/** The payloads of an execution, still encoded. */
export interface PayloadColumns {
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
}

/**
 * The result of a transition, and the queues in which jobs became ready because of it. Payloads of events are still encoded. One that
 * cannot be decoded must not fail the transitions that shared its commit.
 */
export interface AppliedTransition extends Omit<TransitionResult, "waits" | "endedTasks" | "record" | "entriesAfter"> {
  readonly behind: readonly ReadAfterRow[];
  readonly ended: readonly EndTasksRow[];
  readonly payloads: PayloadColumns | null;
  readonly registered: readonly RegisterWaitsRow[];
  readonly woken: readonly string[];
  /** The queues of canceled jobs, whose workers stop those that run. */
  readonly canceledIn: readonly string[];
  /** The executions that failed with dead jobs. */
  readonly failedExecutions: readonly string[];
  /** The queue of a parked execution. */
  readonly parkedIn: string | null;
}
