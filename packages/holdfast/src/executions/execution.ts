import { type Codec, decodeOptional, type JsonText, searchableCodec } from "../core/codec.ts";
import type { Status, Strategy } from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkOptionalId, invalid } from "../core/input.ts";
import { decodeUsage, type Usage } from "../core/usage.ts";
import { checkName, type WorkflowName } from "../definitions/definitions.ts";

/** The version of a definition that an execution runs. */
export interface DefinitionVersion {
  readonly name: string;
  readonly version: number;
}

/** A choice of definition version. "active" and "latest" are resolved when the execution is written. */
export interface DefinitionChoice {
  readonly name: WorkflowName;
  readonly version: number | "active" | "latest";
}

/** Searchable values of executions, besides their own columns. */
export type Labels = Readonly<Record<string, string | number | boolean>>;

/** An execution without its payloads. */
export interface ExecutionHead {
  readonly id: string;
  /** 1 at first, plus one for each write except leases and usage. */
  readonly version: number;
  readonly status: Status;
  /** How the statuses of the root tasks determine the execution's status at its completion. */
  readonly strategy: Strategy;
  readonly definition: DefinitionVersion | null;
  readonly parentId: string | null;
  /** The task of the parent that started it. */
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: Labels;
  readonly usage: Usage;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When it first ran; null if it was canceled or timed out before, or has not run yet. */
  readonly startedAt: Date | null;
  /** When it became terminal. */
  readonly finishedAt: Date | null;
}

/** One run of a definition. A payload that was never written is undefined; JSON null is a value. */
export interface Execution extends ExecutionHead {
  readonly input: unknown;
  readonly state: unknown;
  readonly output: unknown;
  readonly error: unknown;
}

/** The fields of an execution, for readers of records. */
export const executionNames = {
  version: false,
  status: false,
  strategy: false,
  definition: false,
  parentId: false,
  parentTaskId: false,
  idempotencyKey: false,
  labels: false,
  usage: false,
  createdAt: false,
  updatedAt: false,
  startedAt: false,
  finishedAt: false,
  input: false,
  state: false,
  output: false,
  error: false,
} as const;

/** Whether an execution in a status has ended, and no longer changes; false for null. */
export function hasEnded(status: Status | null): boolean {
  return status === "succeeded" || status === "failed" || status === "timed_out" || status === "canceled";
}

/** An execution's columns without payloads, as statements return them. */
export interface HeadRow {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** An execution's columns, as statements return them. */
export interface ExecutionRow extends HeadRow {
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
}

/** Reads an execution without payloads from its row. */
export function toHead(row: HeadRow): ExecutionHead {
  const { definitionName: name, definitionVersion: version } = row;
  return {
    id: row.id,
    version: row.version,
    status: row.status,
    strategy: row.strategy,
    definition: name === null || version === null ? null : { name, version },
    parentId: row.parentId,
    parentTaskId: row.parentTaskId,
    idempotencyKey: row.idempotencyKey,
    // They were checked when they were written, and the schema has no other writer.
    labels: searchableCodec.decode(row.labels) as Labels,
    usage: decodeUsage(row.usage),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
  };
}

/** An execution that a statement has written, without payloads. */
interface WrittenRow extends HeadRow {
  /** Whether it ended by this write. */
  readonly ends: boolean;
}

const ends = new WeakSet<object>();

/** Reads an execution that a statement has written, and notes whether it ended by this write. */
export function toWrittenHead(row: WrittenRow): ExecutionHead {
  const head = toHead(row);
  if (row.ends) ends.add(head);
  return head;
}

/** Whether the write that returned this head ended the execution. One that had ended before may be written again. */
export function endedByWrite(head: ExecutionHead): boolean {
  return ends.has(head);
}

/** Reads an execution from its row. */
export function toExecution(codec: Codec, row: ExecutionRow): Execution {
  return Object.assign(toHead(row), decodePayloads(codec, row));
}

type Payload = "input" | "state" | "output" | "error";

/** Decodes the payloads of an execution. */
export function decodePayloads(codec: Codec, row: Pick<ExecutionRow, Payload>): Pick<Execution, Payload> {
  return {
    input: decodeOptional(codec, row.input),
    state: decodeOptional(codec, row.state),
    output: decodeOptional(codec, row.output),
    error: decodeOptional(codec, row.error),
  };
}

/** A checked choice of definition as two columns: its name, and the version as digits or as a word. */
export interface DefinitionColumns {
  readonly definitionName: string | null;
  readonly definitionVersion: string | null;
}

const definitionFields: Fields<DefinitionChoice> = fieldsOf<DefinitionChoice>({ name: true, version: true });

/** Checks the choice of a definition; undefined and null both mean none. */
export function checkDefinition(
  definition: DefinitionChoice | null | undefined,
  field = "definition",
): DefinitionColumns {
  if (definition === undefined || definition === null) return { definitionName: null, definitionVersion: null };
  const { name, version } = definitionFields.readInner(definition, field);
  const isKnown =
    version === "active" || version === "latest" || (Number.isInteger(version) && version > 0 && version < 2 ** 31);
  if (!isKnown) throw invalid(`${field}.version`, `must be a whole number from 1 to 2^31 - 1, "active" or "latest"`);
  return { definitionName: checkName(name, `${field}.name`), definitionVersion: String(version) };
}

/** Checks the ids of an execution's parent and of the parent's task that started it. */
export function checkParent(given: {
  readonly parentId?: string | null | undefined;
  readonly parentTaskId?: string | null | undefined;
}): { readonly parentId: string | null; readonly parentTaskId: string | null } {
  const parentId = checkOptionalId(given.parentId, "parentId");
  const parentTaskId = checkOptionalId(given.parentTaskId, "parentTaskId");
  if (parentTaskId !== null && parentId === null) throw invalid("parentTaskId", "is given without a parentId");
  return { parentId, parentTaskId };
}

/** Tells for each execution whether its parent comes earlier. A statement would search all of its rows for each of them. */
export function parentsComeBefore(
  rows: readonly { readonly id: string; readonly parentId: string | null }[],
): readonly boolean[] {
  const earlier = new Set<string>();
  return rows.map(({ id, parentId }) => {
    const comesBefore = parentId !== null && earlier.has(parentId);
    earlier.add(id);
    return comesBefore;
  });
}
