import type { WorkflowRun, Hook, RunCreatedEventRequest, Step, StepStatus, WorkflowRunStatus } from "@workflow/world";
import type { Execution, Status, Task } from "holdfast";
import { fromJson } from "./json.ts";

/** What a run was created with: the input of its execution. */
export type RunInput = RunCreatedEventRequest["eventData"] & { readonly specVersion: number };

/** What was thrown, and what else is known of it. */
interface Failed {
  readonly error?: unknown;
  readonly errorCode?: string;
  readonly retryAfter?: Date;
}

const runStatuses: Readonly<Record<Status, WorkflowRunStatus>> = {
  pending: "pending",
  running: "running",
  waiting: "running",
  paused: "running",
  succeeded: "completed",
  failed: "failed",
  timed_out: "failed",
  canceled: "cancelled",
};

const stepStatuses: Readonly<Record<Status, StepStatus>> = { ...runStatuses, waiting: "pending" };

/** The statuses of executions for one of runs. */
export function statusesOf(status: WorkflowRunStatus): readonly Status[] {
  return (Object.keys(runStatuses) as readonly Status[]).filter((each) => runStatuses[each] === status);
}

/** Whether an execution or a task has ended. */
export function hasEnded({ finishedAt }: { readonly finishedAt: Date | null }): boolean {
  return finishedAt !== null;
}

const attributePrefix = "attribute.";

/** The label of an attribute of a run, by which runs can be found. */
export function attributeLabel(key: string): string {
  return `${attributePrefix}${key}`;
}

/** The attributes of a run. */
export function attributesOf({ labels }: Pick<Execution, "labels">): Record<string, string> {
  const own = Object.entries(labels).filter(([name]) => name.startsWith(attributePrefix));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(attributePrefix.length), String(value)]));
}

/** What a run was created with. */
export function runInputOf({ input }: Pick<Execution, "input">): RunInput {
  return fromJson(input) as RunInput;
}

/** An execution as a run. */
export function toRun(execution: Execution): WorkflowRun {
  const { id: runId, startedAt, finishedAt, createdAt, updatedAt } = execution;
  const { deploymentId, workflowName, specVersion, executionContext, input } = runInputOf(execution);
  const { error, errorCode } = (fromJson(execution.error) ?? {}) as Failed;
  const given = { deploymentId, workflowName, specVersion, executionContext, input };
  const status = runStatuses[execution.status];
  const attributes = attributesOf(execution);
  const output = fromJson(execution.output);
  const times = { createdAt, updatedAt, startedAt: startedAt ?? undefined, completedAt: finishedAt ?? undefined };
  // Each status has other optional fields.
  return { runId, status, ...given, output, error, errorCode, attributes, ...times } as WorkflowRun;
}

/** What a step was created with: the input of its task. */
export interface StepInput {
  readonly input: unknown;
  readonly specVersion: number;
}

/** A task as a step. */
export function toStep(task: Task): Step {
  const { id: stepId, executionId: runId, name: stepName, startedAt, finishedAt, createdAt, updatedAt } = task;
  const { input, specVersion } = fromJson(task.input) as StepInput;
  const { error, retryAfter } = (fromJson(task.error) ?? {}) as Failed;
  const status = stepStatuses[task.status];
  const payloads = { input, output: fromJson(task.output), error };
  const times = { createdAt, updatedAt, startedAt: startedAt ?? undefined, completedAt: finishedAt ?? undefined };
  const isLater = task.status === "waiting" && { retryAfter };
  return { runId, stepId, stepName, status, specVersion, attempt: attemptOf(task), ...payloads, ...times, ...isLater };
}

/** The number of times that a step has started. */
export function attemptOf({ status, attempt }: Pick<Task, "status" | "attempt">): number {
  return status === "pending" ? 0 : attempt;
}

/** The moment before which a failed step does not start again. */
export function retryAfterOf({ status, error }: Pick<Task, "status" | "error">): Date | undefined {
  return status === "waiting" ? ((fromJson(error) ?? {}) as Failed).retryAfter : undefined;
}

/** A task as a hook. */
export function toHook({
  id: hookId,
  executionId: runId,
  name: token,
  createdAt,
  input,
}: Omit<Task, "output" | "error">): Hook {
  const given = fromJson(input) as Pick<Hook, "metadata" | "isWebhook" | "isSystem" | "specVersion">;
  return { runId, hookId, token, ownerId: "", projectId: "", environment: "", createdAt, ...given };
}
