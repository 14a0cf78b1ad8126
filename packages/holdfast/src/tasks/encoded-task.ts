import { type Codec, encodeOptional, type JsonText } from "../database/codec.ts";
import { encodeError } from "../database/describe-error.ts";
import {
  type Status,
  statusLabels,
  type Strategy,
  strategyLabels,
  type TaskType,
  taskTypeLabels,
} from "../database/enums.generated.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import {
  checkId,
  checkInteger,
  checkOneOf,
  checkOptionalCount,
  checkOwnId,
  type Inside,
  invalid,
} from "../database/input.ts";
import { newId } from "../database/new-id.ts";
import type { ChildInput, Task, TaskInput } from "./task.ts";

/** What a task of its own and a child have in common, checked and encoded: null keeps what is stored, "" clears it. */
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
  /** Whether the caller chose its id. Nobody else can name a task whose id was made here. */
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
 * Checks and encodes a task, so that what is wrong with it is its caller's error alone; gives it an id where it has none. Inside an
 * `owner`, an execution, it need not name that one.
 */
export function encodeTask(codec: Codec, given: Inside<TaskInput>, field = "input", owner?: string): EncodedTask {
  const input = taskFields.read(given, field);
  return {
    ...encodeFields(codec, input),
    hasOwnId: input.id !== undefined,
    executionId: checkOwnId(input.executionId, "executionId", owner),
    parentId: checkClearableId(input.parentId, "parentId"),
    expectedVersion: checkOptionalCount(input.expectedVersion, "expectedVersion", 0),
  };
}

/** As {@link encodeTask}, of the part that a child has too. */
export function encodeChild(codec: Codec, input: ChildInput, field: string): EncodedChild {
  return encodeFields(codec, childFields.read(input, field));
}

function encodeFields(codec: Codec, input: ChildInput): EncodedChild {
  checkWork(input);
  return {
    id: input.id === undefined ? newId() : checkId(input.id, "id"),
    name: checkId(input.name, "name"),
    type: checkOptionalWord(input.type, "type", taskTypeLabels),
    status: checkOptionalWord(input.status, "status", statusLabels),
    strategy: checkOptionalWord(input.strategy, "strategy", strategyLabels),
    attempt: input.attempt === undefined ? null : checkInteger(input.attempt, "attempt", { min: 1, max: attemptMax }),
    component: checkClearableId(input.component, "component"),
    agent: checkClearableId(input.agent, "agent"),
    action: checkClearableId(input.action, "action"),
    tool: checkClearableId(input.tool, "tool"),
    input: encodeOptional(codec, input.input, "input"),
    output: encodeOptional(codec, input.output, "output"),
    error: encodeError(codec, input.error, "error"),
  };
}

/** One of a fixed set of words; null where it is left out. */
export function checkOptionalWord<T extends string>(value: unknown, field: string, words: readonly T[]): T | null {
  return value === undefined ? null : checkOneOf(value, field, words);
}

/** An id that null clears, and that undefined keeps. */
function checkClearableId(value: unknown, field: string): string | null {
  if (value === null) return "";
  return value === undefined ? null : checkId(value, field);
}

/** What a task of a type may name as its work. The schema holds the same rule, for what is stored and what is new together. */
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
