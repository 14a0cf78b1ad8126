import { type Codec, decodeOptional, encodeOptional, type JsonText } from "../core/codec.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkOneOf } from "../core/input.ts";
import { checkDistinct, encodeItems } from "../core/items.ts";
import { mapPlan, type Plan } from "../core/plan.ts";
import { encodeError } from "../core/thrown.ts";
import { type Task, toSummary } from "../tasks/task.ts";
import { type End, endStatuses } from "./leaving.ts";
import { type EndTasksRow, endTasks } from "./statements.generated.ts";

/**
 * The end of a task. The first end counts: one with the same status again changes nothing, and gets the task as it is. A wait that was
 * registered with the task's id goes too. The status does not propagate to ancestors: use `taskStatuses` in trees.
 */
export interface TaskEnd {
  readonly id: string;
  readonly status: End["status"];
  readonly output?: unknown;
  readonly error?: unknown;
  /** Whether it may have ended with this status before: "allowed" (the default), or "refused" with a ConflictError. */
  readonly repeated?: "allowed" | "refused" | undefined;
}

/** The end of a task, checked and encoded. */
export interface EncodedTaskEnd {
  readonly id: string;
  readonly executionId: string;
  readonly status: End["status"];
  readonly output: JsonText | null;
  readonly error: JsonText | null;
  readonly once: boolean;
}

const endFields: Fields<TaskEnd> = fieldsOf<TaskEnd>({
  id: true,
  status: true,
  output: true,
  error: true,
  repeated: true,
});

/** Checks and encodes the ends of tasks of one execution. */
export function encodeTaskEnds(codec: Codec, executionId: string, ends: readonly TaskEnd[]): readonly EncodedTaskEnd[] {
  const encoded = encodeItems(ends, "endTasks", (end, place) => {
    const { id, status, output, error, repeated = "allowed" } = endFields.read(end, place);
    return {
      id: checkId(id, "id"),
      executionId,
      status: checkOneOf(status, "status", endStatuses),
      output: encodeOptional(codec, output, "output"),
      error: encodeError(codec, error, "error"),
      once: checkOneOf(repeated, "repeated", ["allowed", "refused"]) === "refused",
    };
  });
  return checkDistinct(encoded, "endTasks", ({ id }) => id);
}

/** Ends tasks whose executions are locked. */
export function taskEndsPlan(ends: readonly EncodedTaskEnd[]): Plan<readonly EndTasksRow[]> {
  const plan = endTasks({
    ids: ends.map(({ id }) => id),
    executionIds: ends.map(({ executionId }) => executionId),
    statuses: ends.map(({ status }) => status),
    outputs: ends.map(({ output }) => output),
    errors: ends.map(({ error }) => error),
    once: ends.map(({ once }) => once),
  });
  return mapPlan(plan, (ended) => ended);
}

/** Reads an ended task. Payloads that this call wrote are decoded from what it sent, so that they need not travel back. */
export function toEndedTask(codec: Codec, { output, error }: EncodedTaskEnd, row: EndTasksRow): Task {
  const { wasEnded, input, ...summary } = row;
  const stored = wasEnded ? row : { output: output ?? row.output, error: error ?? row.error };
  return Object.assign(toSummary(summary), {
    input: decodeOptional(codec, input),
    output: decodeOptional(codec, stored.output),
    error: decodeOptional(codec, stored.error),
  });
}
