import type { Execution, Task } from "holdfast";
import type { Availability } from "holdfast/executions";
import type { TaskSummary } from "holdfast/tasks";
import type { Backend, StepAttempt, WorkflowRun, WorkflowRunStatus } from "openworkflow/internal";

/** The parameters of a method of the engine's backend. */
export type Params<M extends keyof Backend> = Parameters<Backend[M]>[0];

/** The answer of a method of the engine's backend. */
export type Returned<M extends keyof Backend> = ReturnType<Backend[M]>;

/** A run as it was created: the input of its execution. */
export type RunInput = Pick<WorkflowRun, "namespaceId" | "workflowName" | "version" | "idempotencyKey"> &
  Pick<WorkflowRun, "config" | "context" | "input" | "parentStepAttemptNamespaceId" | "parentStepAttemptId"> & {
    readonly deadlineAt: string | null;
  };

/** An attempt as it was created: the input of its task. */
export type AttemptInput = Pick<StepAttempt, "namespaceId" | "kind" | "config" | "context">;

/** A run that waits for another attempt is paused, a sleeping one waiting. */
const runStatuses: Readonly<Record<Execution["status"], WorkflowRunStatus>> = {
  pending: "pending",
  paused: "pending",
  running: "running",
  waiting: "running",
  succeeded: "completed",
  failed: "failed",
  timed_out: "failed",
  canceled: "canceled",
};

/** The status of runs for a status of executions. */
export function runStatusOf(status: unknown): WorkflowRunStatus {
  return runStatuses[status as Execution["status"]];
}

/** The statuses of executions for one of runs. The engine still knows two former names. */
export function statusesOf(status: WorkflowRunStatus): readonly Execution["status"][] {
  const current = { sleeping: "running", succeeded: "completed" }[status as string] ?? status;
  const all = Object.keys(runStatuses) as readonly Execution["status"][];
  return all.filter((each) => runStatuses[each] === current);
}

/** The deadline of an execution's run. */
export function deadlineOf(execution: Pick<Execution, "input">): Date | null {
  const { deadlineAt } = execution.input as RunInput;
  return deadlineAt === null ? null : new Date(deadlineAt);
}

/** An execution as a run. */
export function toRun(execution: Execution, availability: Omit<Availability, "token"> | null = null): WorkflowRun {
  const { id, output, error, startedAt, finishedAt, createdAt, updatedAt, usage } = execution;
  const status = runStatusOf(execution.status);
  // Over whatever else the caller gave with the input.
  return Object.assign({}, execution.input as Omit<RunInput, "deadlineAt">, {
    id,
    status,
    output: (output ?? null) as WorkflowRun["output"],
    error: status === "completed" ? null : ((error ?? null) as WorkflowRun["error"]),
    attempts: usage["attempts"] ?? 0,
    workerId: availability?.holder ?? null,
    availableAt: availability?.availableAt ?? null,
    deadlineAt: deadlineOf(execution),
    // A failed attempt leaves none, as the engine has it.
    startedAt: status === "pending" || status === "failed" ? null : startedAt,
    finishedAt,
    createdAt,
    updatedAt,
  });
}

const attemptStatuses: Partial<Record<Task["status"], StepAttempt["status"]>> = {
  succeeded: "completed",
  failed: "failed",
};

/** A task as the attempt of a step. */
export function toAttempt(task: TaskSummary & Pick<Task, "input"> & Partial<Task>): StepAttempt {
  const { id, executionId, name, status, component, createdAt, updatedAt, startedAt, finishedAt } = task;
  const input = task.input as AttemptInput;
  return Object.assign({}, input, {
    id,
    workflowRunId: executionId,
    stepName: name,
    status: attemptStatuses[status] ?? "running",
    output: (task.output ?? null) as StepAttempt["output"],
    error: (task.error ?? null) as StepAttempt["error"],
    childWorkflowRunNamespaceId: component === null ? null : input.namespaceId,
    childWorkflowRunId: component,
    startedAt,
    finishedAt,
    createdAt,
    updatedAt,
  });
}
