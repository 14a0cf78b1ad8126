import { EntityConflictError, RunExpiredError, TooEarlyError, WorkflowWorldError } from "@workflow/errors";
import type { EventResult } from "@workflow/world";
import { SPEC_VERSION_CURRENT } from "@workflow/world";
import type { Task } from "holdfast";
import type { TaskEnd, TransitionResult } from "holdfast/executions";
import { type Given, type Make, record, type Request, type Writer } from "./event-of.ts";
import { orRefused, refusalOf } from "./failures.ts";
import { toJson } from "./json.ts";
import { attemptOf, hasEnded, retryAfterOf, toStep } from "./records.ts";

type StepEvent = "step_created" | "step_started" | "step_completed" | "step_failed" | "step_retrying";

/** Creates a step that a message of its own starts. */
export const createStep: Make<"step_created"> = async (writer, given) => {
  const { stepName, input } = given.data.eventData;
  return addStep(writer, given, { name: stepName, input, status: "pending" });
};

/** Starts a step. One that brings its input is created by it, and only its creator may run it. */
export const startStep: Make<"step_started"> = async (writer, given) => {
  const { stepName, input, ...rest } = given.data.eventData ?? {};
  if (stepName === undefined || input === undefined) return startExisting(writer, given);
  const created = await addStep(writer, given, { name: stepName, input, status: "running" }, [
    ["step_created", { stepName, input }],
    ["step_started", { stepName, ...rest }],
  ]);
  return { ...created, stepCreated: true };
};

/** Ends a step with its result. */
export const completeStep: Make<"step_completed"> = async (writer, given) =>
  endStep(writer, given, { status: "succeeded", output: toJson(given.data.eventData.result) });

/** Ends a step with what was thrown. */
export const failStep: Make<"step_failed"> = async (writer, given) =>
  endStep(writer, given, { status: "failed", error: toJson({ error: given.data.eventData.error }) });

/** Leaves a step to its next attempt. */
export const retryStep: Make<"step_retrying"> = async (writer, given) => {
  const { correlationId: id, eventData } = given.data;
  const error = toJson({ error: eventData.error, retryAfter: eventData.retryAfter });
  const step = { taskStatuses: [{ id, status: "waiting", error }] } as const;
  const { answer } = await refused(given, record(writer, given, step));
  return { ...answer, step: toStep(await writer.store.tasks.require(id)) };
};

async function addStep(
  writer: Writer,
  given: Given<Request<"step_created" | "step_started">>,
  { input, ...task }: { readonly name: string; readonly input: unknown; readonly status: "pending" | "running" },
  events?: Parameters<typeof record>[3],
): Promise<EventResult> {
  const { correlationId: id, specVersion = SPEC_VERSION_CURRENT } = given.data;
  const stored = toJson({ input, specVersion });
  const step = { tasks: [{ id, ...task, component: "step", input: stored, expectedVersion: 0 }] };
  const { result, answer } = await refused(given, record(writer, given, step, events));
  return { ...answer, ...stepOf(result, { input: stored, output: undefined, error: undefined }) };
}

function stepOf(
  { tasks: [task] }: TransitionResult,
  { input, output, error }: Pick<Task, "input" | "output" | "error">,
): EventResult {
  return task === undefined ? {} : { step: toStep({ ...task, input, output, error }) };
}

async function startExisting(writer: Writer, given: Given<Request<"step_started">>): Promise<EventResult> {
  const { correlationId: id } = given.data;
  const [task, [execution]] = await writer.store.read([
    ({ tasks }) => tasks.get(id),
    ({ executions }) => executions.getMany([given.runId], { payloads: false }),
  ]);
  if (task === null) throw new WorkflowWorldError(`Step "${id}" not found`);
  if (hasEnded(task)) throw new EntityConflictError(`Step "${id}" has ended (${task.status})`);
  if (execution && hasEnded(execution)) throw new RunExpiredError(`Workflow run "${given.runId}" has ended`);
  const waitMs = (retryAfterOf(task)?.getTime() ?? 0) - Date.now();
  if (waitMs > 0) {
    throw new TooEarlyError(`Step "${id}" may not start yet`, { retryAfter: Math.ceil(waitMs / 1000) });
  }
  const { name, version: expectedVersion } = task;
  const started = { id, name, status: "running", attempt: attemptOf(task) + 1, expectedVersion } as const;
  try {
    const { result, answer } = await refused(given, record(writer, given, { tasks: [started] }));
    return { ...answer, ...stepOf(result, task) };
  } catch (error) {
    // Another delivery has changed it meanwhile.
    if (refusalOf(error) === "part changed") return startExisting(writer, given);
    throw error;
  }
}

async function endStep(
  writer: Writer,
  given: Given<Request<"step_completed" | "step_failed">>,
  end: Omit<TaskEnd, "id">,
): Promise<EventResult> {
  const endTasks = [{ id: given.data.correlationId, ...end, repeated: "refused" }] as const;
  const { result, answer } = await refused(given, record(writer, given, { endTasks }));
  const [task] = result.endedTasks;
  return { ...answer, ...(task && { step: toStep(task) }) };
}

async function refused<T>({ runId, data }: Given<Request<StepEvent>>, call: Promise<T>): Promise<T> {
  const id = data.correlationId;
  return orRefused(call, {
    "part missing": () => new WorkflowWorldError(`Step "${id}" not found`),
    "part over": () => new EntityConflictError(`Step "${id}" has ended`),
    "part exists": () => new EntityConflictError(`Step "${id}" already created`),
    // An ended run is frozen, and a creation of a step is a lost race.
    "run over": () =>
      data.eventType === "step_created" || data.eventType === "step_started"
        ? new EntityConflictError(`Cannot create step "${id}": workflow run "${runId}" has ended`)
        : new RunExpiredError(`Workflow run "${runId}" has ended`),
    "run missing": () => new WorkflowWorldError(`Workflow run "${runId}" not found`),
  });
}
