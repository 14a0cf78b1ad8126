import { EntityConflictError, WorkflowWorldError } from "@workflow/errors";
import type { EventResult, Wait } from "@workflow/world";
import { SPEC_VERSION_CURRENT } from "@workflow/world";
import { type Given, type Make, record, type Recorded, type Request } from "./event-of.ts";
import { orRefused } from "./failures.ts";
import { fromJson, toJson } from "./json.ts";

/** Records that a run sleeps. The engine's own delayed message wakes it. */
export const createWait: Make<"wait_created"> = async (writer, given) => {
  const { correlationId: id, eventData } = given.data;
  const input = toJson({ resumeAt: eventData.resumeAt });
  const task = { id, name: "sleep", component: "wait", status: "waiting", input, expectedVersion: 0 } as const;
  const { result, answer } = await refused(given, record(writer, given, { tasks: [task] }));
  const [created] = result.tasks;
  return { ...answer, ...(created && waitOf(given, { ...created, input }, "waiting")) };
};

/** Records that a run has slept, once. */
export const completeWait: Make<"wait_completed"> = async (writer, given) => {
  const endTasks = [{ id: given.data.correlationId, status: "succeeded", repeated: "refused" }] as const;
  const { result, answer } = await refused(given, record(writer, given, { endTasks }));
  const [ended] = result.endedTasks;
  return { ...answer, ...(ended && waitOf(given, ended, "completed")) };
};

interface Slept {
  readonly input: unknown;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly finishedAt: Date | null;
}

function waitOf(
  { runId, data }: Given<Request<"wait_created" | "wait_completed">>,
  { input, createdAt, updatedAt, finishedAt }: Slept,
  status: Wait["status"],
): Pick<EventResult, "wait"> {
  const { resumeAt } = fromJson(input) as { readonly resumeAt: Date };
  const { correlationId, specVersion = SPEC_VERSION_CURRENT } = data;
  const waitId = `${runId}-${correlationId}`;
  const times = { resumeAt, createdAt, updatedAt, completedAt: finishedAt ?? undefined };
  return { wait: { waitId, runId, status, specVersion, ...times } };
}

async function refused(
  { runId, data }: Given<Request<"wait_created" | "wait_completed">>,
  call: Promise<Recorded>,
): Promise<Recorded> {
  const id = data.correlationId;
  return orRefused(call, {
    "part missing": () => new WorkflowWorldError(`Wait "${id}" not found`),
    "part over": () => new EntityConflictError(`Wait "${id}" already completed`),
    "part exists": () => new EntityConflictError(`Wait "${id}" already exists`),
    "run over": () => new EntityConflictError(`Workflow run "${runId}" has ended`),
  });
}
