import { type Codec, decodeOptional, type JsonText, searchableCodec } from "../database/codec.ts";
import type { Status, Strategy } from "../database/enums.generated.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkId, invalid } from "../database/input.ts";
import { decodeUsage, type Usage } from "../usage.ts";

/** The version of a definition that an execution runs. */
export interface DefinitionVersion {
  readonly name: string;
  readonly version: number;
}

/** Which version of a definition to run; "active" and "latest" are settled when the execution is written. */
export interface DefinitionChoice {
  readonly name: string;
  readonly version: number | "active" | "latest";
}

/** What executions are found by, besides their own columns. */
export type Labels = Readonly<Record<string, string | number | boolean>>;

/** An execution without its payloads. */
export interface ExecutionHead {
  readonly id: string;
  /** 1 at first, and one more after each write but those of leases and usage. */
  readonly version: number;
  readonly status: Status;
  /** How the statuses of the root tasks become the execution's own when it completes. */
  readonly strategy: Strategy;
  readonly definition: DefinitionVersion | null;
  readonly parentId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: Labels;
  readonly usage: Usage;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When it first ran; null if it has not, or was canceled or timed out before. */
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

/** The names of an execution's fields, for readers of records. */
export const executionNames = {
  version: false,
  status: false,
  strategy: false,
  definition: false,
  parentId: false,
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

/** Whether an execution in a status has ended, and does not change any more; false for none. */
export function hasEnded(status: Status | null): boolean {
  return status === "succeeded" || status === "failed" || status === "timed_out" || status === "canceled";
}

/** An execution's columns but its payloads, as statements give them. */
export interface HeadRow {
  readonly id: string;
  readonly version: number;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly definitionName: string | null;
  readonly definitionVersion: number | null;
  readonly parentId: string | null;
  readonly idempotencyKey: string | null;
  readonly labels: JsonText;
  readonly usage: JsonText;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** An execution's columns, as statements give them. */
export interface ExecutionRow extends HeadRow {
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
}

/** An execution without payloads out of its row. */
export function toHead(row: HeadRow): ExecutionHead {
  const { definitionName: name, definitionVersion: version } = row;
  return {
    id: row.id,
    version: row.version,
    status: row.status,
    strategy: row.strategy,
    definition: name === null || version === null ? null : { name, version },
    parentId: row.parentId,
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

/** An execution out of its row. */
export function toExecution(codec: Codec, row: ExecutionRow): Execution {
  return {
    ...toHead(row),
    input: decodeOptional(codec, row.input),
    state: decodeOptional(codec, row.state),
    output: decodeOptional(codec, row.output),
    error: decodeOptional(codec, row.error),
  };
}

/** The choice of a definition, checked, as two columns; the version as a number in digits, or the word. */
export interface DefinitionColumns {
  readonly definitionName: string | null;
  readonly definitionVersion: string | null;
}

const definitionFields: Fields<DefinitionChoice> = fieldsOf<DefinitionChoice>({ name: true, version: true });

/** Checks the choice of a definition; undefined and null both mean that there is none. */
export function checkDefinition(
  definition: DefinitionChoice | null | undefined,
  field = "definition",
): DefinitionColumns {
  if (definition === undefined || definition === null) return { definitionName: null, definitionVersion: null };
  const { name, version } = definitionFields.readInner(definition, field);
  const isKnown =
    version === "active" || version === "latest" || (Number.isInteger(version) && version > 0 && version < 2 ** 31);
  if (!isKnown) throw invalid(`${field}.version`, `must be a whole number from 1 to 2^31 - 1, "active" or "latest"`);
  return { definitionName: checkId(name, `${field}.name`), definitionVersion: String(version) };
}
