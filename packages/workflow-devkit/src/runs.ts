import { EntityConflictError, RunExpiredError, WorkflowRunNotFoundError, WorkflowWorldError } from "@workflow/errors";
import type { EventResult, RunCreatedEventRequest, WorkflowRun } from "@workflow/world";
import {
  applyAttributeChanges,
  SPEC_VERSION_CURRENT,
  validateAttributeChanges,
  validateUlidTimestamp,
} from "@workflow/world";
import { DuplicateError, type Execution } from "holdfast";
import type { End } from "holdfast/executions";
import { ulid } from "ulid";
import { type Given, type Make, record, type Request, type Writer } from "./event-of.ts";
import { orRefused, refusalOf } from "./failures.ts";
import { toJson } from "./json.ts";
import { behind, createdEvent, toEvent } from "./log.ts";
import { attributeLabel, attributesOf, hasEnded, type RunInput, toRun } from "./records.ts";

/** Creates a run: the execution is also the event of its creation. */
export async function createRun(
  { store, namespace }: Writer,
  givenId: string | null,
  { eventData, specVersion = SPEC_VERSION_CURRENT }: Pick<RunCreatedEventRequest, "eventData" | "specVersion">,
): Promise<EventResult> {
  const runId = givenId ?? `wrun_${ulid()}`;
  const wrong = validateUlidTimestamp(runId, "wrun_");
  if (wrong !== null) throw new WorkflowWorldError(wrong);
  const { workflowName, attributes = {}, allowReservedAttributes = false } = eventData;
  const changes = Object.entries(attributes).map(([key, value]) => ({ key, value }));
  validateAttributeChanges(changes, { allowReservedAttributes });
  const input: RunInput = { ...eventData, specVersion };
  const own = Object.fromEntries(changes.map(({ key, value }) => [attributeLabel(key), value]));
  const labels = { world: namespace, workflow: workflowName, ...own };
  try {
    const { execution } = await store.executions.create({ id: runId, labels, input: toJson(input) });
    return { event: createdEvent(execution), run: toRun(execution) };
  } catch (error) {
    if (!(error instanceof DuplicateError)) throw error;
    throw Object.assign(new EntityConflictError(`Run ${runId} already exists`), { cause: error });
  }
}

/** Starts a run, once. A message that is delivered before its run was created brings what is needed to create it. */
export const startRun: Make<"run_started"> = async (writer, given) => {
  const { runId, data, params } = given;
  const { skipPreload = false, resolveData } = params;
  const step = { require: { status: "pending" }, status: "running", returning: "record" } as const;
  try {
    const preload = { ...params, ...(!skipPreload && { sinceCursor: "0" }) };
    const begun = await record(writer, { ...given, params: preload }, step, [["run_started", undefined]]);
    const { result, answer } = begun;
    const execution = recordOf(result.record);
    const run = toRun(execution);
    if (skipPreload) return { ...answer, run };
    const { events, ...rest } = behind(result.entriesAfter, 0, resolveData);
    return { ...answer, ...rest, events: [createdEvent(execution, resolveData), ...events], run };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === "run missing") {
      await createMissing(writer, runId, data);
      return startRun(writer, given);
    }
    if (refusal !== "run over") throw error;
    // Another delivery has started it.
    const execution = await writer.store.executions.require(runId);
    if (hasEnded(execution)) throw new RunExpiredError(`Workflow run "${runId}" has ended (${execution.status})`);
    return { run: toRun(execution) };
  }
};

async function createMissing(
  writer: Writer,
  runId: string,
  { eventData, specVersion }: Given<Request<"run_started">>["data"],
): Promise<void> {
  const { deploymentId, workflowName, input, ...rest } = eventData ?? {};
  if (deploymentId === undefined || workflowName === undefined || input === undefined) {
    throw new WorkflowRunNotFoundError(runId);
  }
  try {
    await createRun(writer, runId, { specVersion, eventData: { deploymentId, workflowName, input, ...rest } });
  } catch (error) {
    // The caller's own creation came first.
    if (!EntityConflictError.is(error)) throw error;
  }
}

/** Ends a run with its output. */
export const completeRun: Make<"run_completed"> = async (writer, given) =>
  endRun(writer, given, { status: "succeeded", output: toJson(given.data.eventData.output) });

/** Ends a run with what was thrown. */
export const failRun: Make<"run_failed"> = async (writer, given) => {
  const { error, errorCode } = given.data.eventData;
  return endRun(writer, given, { status: "failed", error: toJson({ error, errorCode }) });
};

/** Cancels a run. A canceled one stays as it is. */
export const cancelRun: Make<"run_cancelled"> = async (writer, given) => {
  try {
    return await endRun(writer, given, { status: "canceled" });
  } catch (error) {
    const { runId, params } = given;
    if (!EntityConflictError.is(error)) throw error;
    const [execution, last] = await writer.store.read([
      ({ executions }) => executions.require(runId),
      ({ history }) => history.last(runId),
    ]);
    if (execution.status !== "canceled" || last === null) throw error;
    return { event: toEvent(last, params.resolveData), run: toRun(execution) };
  }
};

async function endRun(
  writer: Writer,
  given: Given<Request<"run_completed" | "run_failed" | "run_cancelled">>,
  end: End,
): Promise<EventResult> {
  const { result, answer } = await orRefused(record(writer, given, { end, returning: "record" }), {
    "run missing": () => new WorkflowRunNotFoundError(given.runId),
    "run over": () => new EntityConflictError(`Workflow run "${given.runId}" has ended`),
  });
  return { ...answer, run: toRun(recordOf(result.record)) };
}

/** Changes the attributes of a run. A workflow's change is made once, however often it is replayed. */
export const setAttributes: Make<"attr_set"> = async (writer, given) => {
  const { runId, data } = given;
  const execution = await writer.store.executions.get(runId);
  if (execution === null) throw new WorkflowRunNotFoundError(runId);
  const { changes, writer: origin, allowReservedAttributes = false } = data.eventData;
  const existing = attributesOf(execution);
  validateAttributeChanges(changes, { existingKeys: Object.keys(existing), allowReservedAttributes });
  const labels = Object.fromEntries(changes.map(({ key, value }) => [attributeLabel(key), value]));
  const once = { name: "attributes", component: "attributes", status: "succeeded", expectedVersion: 0 } as const;
  const isOnce = data.correlationId !== undefined && origin.type === "workflow";
  try {
    const { answer } = await record(writer, given, {
      require: { version: execution.version },
      labels,
      ...(isOnce && { tasks: [{ id: data.correlationId, ...once }] }),
    });
    const run: WorkflowRun = { ...toRun(execution), attributes: applyAttributeChanges(existing, changes) };
    return { ...answer, run };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === "part changed") return setAttributes(writer, given);
    if (refusal === null) throw error;
    throw Object.assign(new EntityConflictError(`Cannot set attributes of run "${runId}"`), { cause: error });
  }
};

/** What a step answers because it asked for it. */
function recordOf(record: Execution | null): Execution {
  if (record === null) throw new TypeError("The answer to a step lacks its run.");
  return record;
}
