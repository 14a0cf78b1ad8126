import { type Codec, encodeOptional, type JsonText } from "../core/codec.ts";
import { type Status, statusLabels, type Strategy, strategyLabels } from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkOneOf, checkOptionalCount } from "../core/input.ts";
import { lockedByEnds } from "../core/lock-order.ts";
import { inOrderOf, loneOf, mapPlan, type Plan } from "../core/plan.ts";
import { encodeError } from "../core/thrown.ts";
import type { Write } from "../core/write.ts";
import {
  checkDefinition,
  checkParent,
  type DefinitionChoice,
  type DefinitionColumns,
  type Execution,
  hasEnded,
  type Labels,
  parentsComeBefore,
} from "./execution.ts";
import { checkKeptStates } from "./former-states.ts";
import { encodeLabels } from "./labels.ts";
import {
  lockSavedExecutions,
  saveExecution as saveOne,
  saveExecutions,
  type SaveExecutionsRow,
} from "./statements.generated.ts";

/** What a write expects of the stored execution. Otherwise it fails and changes nothing. */
export interface ExecutionExpectation {
  /** The expected version; 0 means that no execution may exist. */
  readonly expectedVersion?: number | undefined;
  /** The token of the caller's lease, which must still hold. */
  readonly token?: number | undefined;
}

/**
 * An execution to save. Omitted fields keep their stored values; a new execution gets the defaults. An {@link Execution} that was read,
 * with changes, is valid.
 */
export interface ExecutionInput extends ExecutionExpectation {
  readonly id: string;
  /** "pending" by default. */
  readonly status?: Status | undefined;
  /** "wait_all" by default. */
  readonly strategy?: Strategy | undefined;
  readonly definition?: DefinitionChoice | null | undefined;
  /** Set by the first save, and never changed. */
  readonly parentId?: string | null | undefined;
  /** The task of the parent that started it; only with a `parentId`. Set by the first save, and never changed. */
  readonly parentTaskId?: string | null | undefined;
  /** Replaced as a whole; none by default. */
  readonly labels?: Labels | undefined;
  readonly input?: unknown;
  readonly state?: unknown;
  /**
   * How many former states are kept from this save on, the state that it replaces included. The stored number by default, at first none.
   * See `keepStates`.
   */
  readonly keepStates?: number | undefined;
  readonly output?: unknown;
  readonly error?: unknown;
}

/** An execution to save, checked and encoded. */
export interface EncodedExecution extends DefinitionColumns {
  readonly id: string;
  readonly token: number | null;
  readonly expectedVersion: number | null;
  readonly status: Status | null;
  readonly strategy: Strategy | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly labels: JsonText | null;
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly keptStates: number | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
}

const executionFields: Fields<ExecutionInput> = fieldsOf<ExecutionInput, Execution>({
  id: true,
  status: true,
  strategy: true,
  definition: true,
  parentId: true,
  parentTaskId: true,
  labels: true,
  input: true,
  state: true,
  keepStates: true,
  output: true,
  error: true,
  expectedVersion: true,
  token: true,
  version: false,
  idempotencyKey: false,
  usage: false,
  createdAt: false,
  updatedAt: false,
  startedAt: false,
  finishedAt: false,
});

/** Checks and encodes an execution. */
export function encodeExecution(codec: Codec, input: ExecutionInput, field = "input"): EncodedExecution {
  const given = executionFields.read(input, field);
  return {
    id: checkId(given.id, "id"),
    ...checkDefinition(given.definition),
    ...checkExpectation(given, 0),
    status: given.status === undefined ? null : checkOneOf(given.status, "status", statusLabels),
    strategy: given.strategy === undefined ? null : checkOneOf(given.strategy, "strategy", strategyLabels),
    ...checkParent(given),
    labels: given.labels === undefined ? null : encodeLabels(given.labels),
    input: encodeOptional(codec, given.input, "input"),
    state: encodeOptional(codec, given.state, "state"),
    keptStates: given.keepStates === undefined ? null : checkKeptStates(given.keepStates, "keepStates"),
    output: encodeOptional(codec, given.output, "output"),
    error: encodeError(codec, given.error, "error"),
  };
}

/** Checks the expectations; `min` is 0 if the row need not exist. */
export function checkExpectation(
  { expectedVersion, token }: ExecutionExpectation,
  min: number,
): { readonly token: number | null; readonly expectedVersion: number | null } {
  return {
    token: checkOptionalCount(token, "token", 0),
    expectedVersion: checkOptionalCount(expectedVersion, "expectedVersion", min),
  };
}

/** The write of executions, new or not. A single one without references has a faster statement. */
export const saveExecution: Write<EncodedExecution, SaveExecutionsRow> = {
  name: "executions.save",
  keys: ({ id }) => [`execution\0${id}`],
  locks: ({ status }) => (hasEnded(status) ? lockedByEnds : ["executions"]),
  plan: (rows) => {
    const only = loneOf(rows);
    return only && isPlain(only) ? onePlan(only) : manyPlan(rows);
  },
  lock: (rows) => lockSavedExecutions({ ids: rows.map((row) => row.id) }),
};

/** Whether an execution refers to no other row, and changes nothing about its former states. */
function isPlain({ definitionName, parentId, keptStates }: EncodedExecution): boolean {
  return definitionName === null && parentId === null && keptStates === null;
}

function onePlan(row: EncodedExecution): Plan<readonly SaveExecutionsRow[]> {
  return mapPlan(saveOne({ ...row, expected: row.expectedVersion }), (saved) => [saved]);
}

function manyPlan(rows: readonly EncodedExecution[]): Plan<readonly SaveExecutionsRow[]> {
  const plan = saveExecutions({
    ids: rows.map((row) => row.id),
    tokens: rows.map((row) => row.token),
    expected: rows.map((row) => row.expectedVersion),
    statuses: rows.map((row) => row.status),
    strategies: rows.map((row) => row.strategy),
    definitionNames: rows.map((row) => row.definitionName),
    definitionVersions: rows.map((row) => row.definitionVersion),
    parentIds: rows.map((row) => row.parentId),
    parentTaskIds: rows.map((row) => row.parentTaskId),
    hasParents: parentsComeBefore(rows),
    labels: rows.map((row) => row.labels),
    inputs: rows.map((row) => row.input),
    states: rows.map((row) => row.state),
    keptStates: rows.map((row) => row.keptStates),
    outputs: rows.map((row) => row.output),
    errors: rows.map((row) => row.error),
  });
  return mapPlan(plan, (saved) => inOrderOf(rows, saved, ({ id }) => id));
}
