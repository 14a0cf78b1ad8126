import { type Codec, encodeOptional, type JsonText } from "../core/codec.ts";
import {
  type Status,
  statusLabels,
  type Strategy,
  strategyLabels,
  type TaskType,
  taskTypeLabels,
} from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import {
  checkId,
  checkInteger,
  checkKey,
  checkOneOf,
  checkOptionalCount,
  checkOwnId,
  type Inside,
  invalid,
} from "../core/input.ts";
import { newId } from "../core/new-id.ts";
import { encodeError } from "../core/thrown.ts";
import type { ChildInput, Task, TaskInput } from "./task.ts";

/** The fields that a task shares with a child, checked and encoded. null keeps the stored value, "" clears it. */
export interface EncodedChild {
  readonly id: string;
  readonly name: string;
  readonly type: TaskType | null;
  readonly status: Status | null;
  readonly strategy: Strategy | null;
  readonly attempt: number | null;
  readonly component: string | null;
  readonly agent: string | null;
  readonly action: string | null;
  readonly tool: string | null;
  readonly input: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
}

/** A task to save, checked and encoded. */
export interface EncodedTask extends EncodedChild {
  /** Whether the caller chose its id. Nobody else can name a task with a generated id. */
  readonly hasOwnId: boolean;
  readonly executionId: string;
  readonly parentId: string | null;
  readonly expectedVersion: number | null;
}

const attemptMax = 2 ** 31 - 1;

const childNames = {
  id: true,
  name: true,
  type: true,
  status: true,
  strategy: true,
  attempt: true,
  component: true,
  agent: true,
  action: true,
  tool: true,
  input: true,
  output: true,
  error: true,
} as const;

const childFields: Fields<ChildInput> = fieldsOf<ChildInput>(childNames);

const taskFields: Fields<Inside<TaskInput>> = fieldsOf<Inside<TaskInput>, Task>({
  ...childNames,
  executionId: true,
  parentId: true,
  expectedVersion: true,
  sequence: false,
  version: false,
  createdAt: false,
  updatedAt: false,
  startedAt: false,
  finishedAt: false,
  usage: false,
});

/**
 * Checks and encodes a task before it joins others, so that an error concerns its caller alone. Generates an id if none is given. Inside
 * an `owner`, an execution, the task need not name it.
 */
export function encodeTask(codec: Codec, given: Inside<TaskInput>, field = "input", owner?: string): EncodedTask {
  const input = taskFields.read(given, field);
  return {
    hasOwnId: input.id !== undefined,
    ...encodeFields(codec, input),
    executionId: checkOwnId(input.executionId, "executionId", owner),
    parentId: checkClearable(input.parentId, "parentId", checkId),
    expectedVersion: checkOptionalCount(input.expectedVersion, "expectedVersion", 0),
  };
}

/** Like {@link encodeTask}, for the fields that a child has too. */
export function encodeChild(codec: Codec, input: ChildInput, field: string): EncodedChild {
  return encodeFields(codec, childFields.read(input, field));
}

function encodeFields(codec: Codec, input: ChildInput): EncodedChild {
  checkWork(input);
  return {
    id: input.id === undefined ? newId() : checkId(input.id, "id"),
    name: checkKey(input.name, "name"),
    type: checkOptionalWord(input.type, "type", taskTypeLabels),
    status: checkOptionalWord(input.status, "status", statusLabels),
    strategy: checkOptionalWord(input.strategy, "strategy", strategyLabels),
    attempt: input.attempt === undefined ? null : checkInteger(input.attempt, "attempt", { min: 1, max: attemptMax }),
    component: checkClearable(input.component, "component", checkKey),
    agent: checkClearable(input.agent, "agent", checkKey),
    action: checkClearable(input.action, "action", checkKey),
    tool: checkClearable(input.tool, "tool", checkKey),
    input: encodeOptional(codec, input.input, "input"),
    output: encodeOptional(codec, input.output, "output"),
    error: encodeError(codec, input.error, "error"),
  };
}

/** Checks a word of a fixed set; null if it is omitted. */
export function checkOptionalWord<T extends string>(value: unknown, field: string, words: readonly T[]): T | null {
  return value === undefined ? null : checkOneOf(value, field, words);
}

/** Checks a name that null clears and undefined keeps. */
function checkClearable(value: unknown, field: string, check: (name: unknown, field: string) => string): string | null {
  if (value === null) return "";
  return value === undefined ? null : check(value, field);
}

/** Checks what a task of a type may name as its work. The schema has the same rule for stored and new values together. */
function checkWork({ type, agent, action, tool }: ChildInput): void {
  if (type === "router") {
    const [field] = Object.entries({ agent, action, tool }).find(([, name]) => isGiven(name)) ?? [];
    if (field !== undefined) {
      throw invalid(
        field,
        "is given, but a router names no agent, action or tool: leave it out, or choose another type",
      );
    }
    return;
  }
  if (type !== undefined && type !== "basic") return;
  const advice = "or state the type if the task is not basic";
  if (isGiven(tool) && (isGiven(agent) || isGiven(action))) {
    throw invalid("tool", `is given beside an agent, and a basic task has one of them: leave one out, ${advice}`);
  }
  if (isGiven(agent) && !isGiven(action)) {
    throw invalid("action", `is missing: name the action that the agent runs, ${advice}`);
  }
  if (isGiven(action) && !isGiven(agent)) {
    throw invalid("agent", `is missing: name the agent that runs the action, ${advice}`);
  }
}

function isGiven(name: unknown): boolean {
  return name !== undefined && name !== null;
}
