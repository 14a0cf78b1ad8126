import { WorkflowRunNotFoundError, WorkflowWorldError } from "@workflow/errors";
import type {
  AnyEventRequest,
  CreateEventParams,
  EventResult,
  PaginationOptions,
  ResolveData,
  Storage,
} from "@workflow/world";
import type { ExecutionQuery } from "holdfast/executions";
import type { Make, Writer } from "./event-of.ts";
import { createHook, disposeHook, hooksOf, receive } from "./hooks.ts";
import { logOf } from "./log.ts";
import { statusesOf, toRun, toStep } from "./records.ts";
import { cancelRun, completeRun, createRun, failRun, setAttributes, startRun } from "./runs.ts";
import { completeStep, createStep, failStep, retryStep, startStep } from "./steps.ts";
import { completeWait, createWait } from "./waits.ts";

const makers: { readonly [T in Exclude<AnyEventRequest["eventType"], "run_created">]: Make<T> } = {
  run_started: startRun,
  run_completed: completeRun,
  run_failed: failRun,
  run_cancelled: cancelRun,
  attr_set: setAttributes,
  step_created: createStep,
  step_started: startStep,
  step_completed: completeStep,
  step_failed: failStep,
  step_retrying: retryStep,
  hook_created: createHook,
  hook_received: receive,
  hook_disposed: disposeHook,
  wait_created: createWait,
  wait_completed: completeWait,
};

async function make(
  writer: Writer,
  runId: string | null,
  data: AnyEventRequest,
  params: CreateEventParams = {},
): Promise<EventResult> {
  if (data.eventType === "run_created") return createRun(writer, runId, data);
  if (!runId) throw new WorkflowWorldError(`A ${data.eventType} event needs the id of its run`);
  // The table has the maker of each type; the language does not see that the request is of the same one.
  return (makers[data.eventType] as Make<typeof data.eventType>)(writer, { runId, data, params });
}

/** Storage on Holdfast: a run is an execution, its steps, hooks and sleeps are tasks, and its events are the execution's history. */
export function storageOf(writer: Writer): Storage {
  const { store, namespace } = writer;
  const runs = {
    get: async (id: string, params?: { readonly resolveData?: ResolveData }) => {
      const execution = await store.executions.get(id);
      if (execution === null) throw new WorkflowRunNotFoundError(id);
      return strip(toRun(execution), params?.resolveData);
    },
    list: async ({ workflowName, status, pagination, resolveData }: Parameters<Storage["runs"]["list"]>[0] = {}) => {
      const labels = { world: namespace, ...(workflowName !== undefined && { workflow: workflowName }) };
      const listed = await store.executions.list({
        labels,
        ...(status !== undefined && { status: statusesOf(status) }),
        ...pageOf(pagination),
      });
      return toPage(listed, (execution) => strip(toRun(execution), resolveData));
    },
  };
  const steps = {
    get: async (runId: string, stepId: string, params?: { readonly resolveData?: ResolveData }) => {
      const task = await store.tasks.get(stepId);
      if (task?.executionId !== runId || task.component !== "step") {
        throw new WorkflowWorldError(`Step not found: ${stepId}`);
      }
      return strip(toStep(task), params?.resolveData);
    },
    list: async ({ runId, pagination, resolveData }: Parameters<Storage["steps"]["list"]>[0]) => {
      const listed = await store.tasks.list({ executionId: runId, component: "step", ...pageOf(pagination) });
      return toPage(listed, (task) => strip(toStep(task), resolveData));
    },
  };
  // Their overloads tell the types of records without data apart, which the parameters decide.
  return {
    runs: runs as Storage["runs"],
    steps: steps as Storage["steps"],
    hooks: hooksOf(store, namespace),
    events: { ...logOf(store), create: async (id: string | null, data, params) => make(writer, id, data, params) },
  };
}

interface Listed<T> {
  readonly items: readonly T[];
  readonly cursors: readonly string[];
  readonly next: string | null;
}

function pageOf(pagination: PaginationOptions | undefined): Pick<ExecutionQuery, "limit" | "order" | "after"> {
  const { limit = 20, cursor, sortOrder = "desc" } = pagination ?? {};
  return { limit, order: sortOrder, ...(cursor !== undefined && { after: cursor }) };
}

function toPage<T, R>({ items, cursors, next }: Listed<T>, toRecord: (item: T) => R) {
  return { data: items.map(toRecord), cursor: cursors.at(-1) ?? null, hasMore: next !== null };
}

function strip<T extends object>(record: T, resolve: ResolveData = "all"): T {
  return resolve === "none" ? { ...record, input: undefined, output: undefined } : record;
}
