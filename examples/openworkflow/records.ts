// What OpenWorkflow calls runs and attempts, out of Holdfast's executions and tasks.
import type { Execution, Task } from "holdfast";
import type { TaskSummary } from "holdfast/tasks";
import type * as OpenWorkflow from "openworkflow/internal";

export type Backend = OpenWorkflow.Backend;
export type Run = OpenWorkflow.WorkflowRun;
export type Attempt = OpenWorkflow.StepAttempt;
export type Params<M extends keyof Backend> = Parameters<Backend[M]>[0];

export interface Page {
  readonly limit?: number;
  readonly after?: string;
  readonly before?: string;
}

/** What a run is created with, and an attempt: the input of the execution, and of the task. */
export type RunInput = Omit<Params<"createWorkflowRun">, "deadlineAt" | "availableAt"> & {
  readonly deadlineAt: string | null;
};
export type AttemptInput = Pick<Attempt, "kind" | "config" | "context">;

/** What the statuses of runs are here. */
export const statuses = {
  pending: ["pending", "paused"],
  running: ["running", "waiting"],
  sleeping: [],
  succeeded: [],
  completed: ["succeeded"],
  failed: ["failed", "timed_out"],
  canceled: ["canceled"],
} as const satisfies Record<OpenWorkflow.WorkflowRunStatus, readonly Execution["status"][]>;

/** An execution as a run; it runs while somebody holds it. */
export function toRun(
  namespaceId: string,
  execution: Execution,
  lease: { readonly holder: string | null; readonly leaseUntil: Date } | null,
  availableAt: Date | null = null,
): Run {
  const { id, status, output, error, createdAt, updatedAt, startedAt, finishedAt, usage } = execution;
  const { deadlineAt, ...input } = execution.input as RunInput;
  const own = Object.entries(statuses).find(([, all]) => all.some((each) => each === status))?.[0];
  return {
    ...input,
    namespaceId,
    id,
    status: lease === null ? (own as Run["status"]) : "running",
    output: (output ?? null) as Run["output"],
    error: (error ?? null) as Run["error"],
    attempts: usage["attempts"] ?? 0,
    workerId: lease?.holder ?? null,
    availableAt: lease?.leaseUntil ?? availableAt,
    deadlineAt: deadlineAt === null ? null : new Date(deadlineAt),
    startedAt,
    finishedAt,
    createdAt,
    updatedAt,
  };
}

const attemptStatuses: Partial<Record<Task["status"], Attempt["status"]>> = {
  succeeded: "completed",
  failed: "failed",
};

/** A task as the attempt of a step. */
export function toAttempt(namespaceId: string, task: TaskSummary & Partial<Task>): Attempt {
  const { id, executionId, name, status, component, createdAt, updatedAt, startedAt, finishedAt } = task;
  return {
    ...(task.input as AttemptInput),
    namespaceId,
    id,
    workflowRunId: executionId,
    stepName: name,
    status: attemptStatuses[status] ?? "running",
    output: (task.output ?? null) as Attempt["output"],
    error: (task.error ?? null) as Attempt["error"],
    childWorkflowRunNamespaceId: component === null ? null : namespaceId,
    childWorkflowRunId: component,
    startedAt,
    finishedAt,
    createdAt,
    updatedAt,
  };
}

/** A page after a cursor, or the one before it, which is read backwards. */
export function pageOf({ limit = 100, after, before }: Page, order: "asc" | "desc") {
  const backwards = order === "asc" ? "desc" : "asc";
  return before === undefined
    ? { limit, order, ...(after !== undefined && { after }) }
    : ({ limit, order: backwards, after: before } as const);
}

/** What was read, in the engine's order. */
export function toPage<R, T>(
  listed: { readonly items: readonly R[]; readonly cursors: readonly string[]; readonly next: string | null },
  { after, before }: Page,
  convert: (row: R) => T,
): { data: T[]; pagination: { next: string | null; prev: string | null } } {
  const data = listed.items.map(convert);
  const [first = null, last = null] = [listed.cursors[0], listed.cursors.at(-1)];
  if (before !== undefined) return { data: data.toReversed(), pagination: { next: first, prev: listed.next && last } };
  return { data, pagination: { next: listed.next, prev: after === undefined ? null : first } };
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration such as "5s", in milliseconds. */
export function msOf(duration: string): number {
  const [, number = "0", unit = "ms"] = /^([\d.]+) ?(ms|s|m|h|d)?/.exec(duration) ?? [];
  return Number(number) * (units[unit] ?? 1);
}
