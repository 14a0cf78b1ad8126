import type { ColumnList, ParameterOrJSON, PostgresError, TransactionSql } from "postgres";
import type { ClientQuery, ClientResult, TransactionClient } from "../transactions/index.ts";
import { arrayText } from "./array-text.ts";

/** A parameter of this type is read like one without a type, and postgres.js writes its text as it is. */
const untyped = 705;
const bytea = 17;

/**
 * Makes a client for `store.within` of a transaction of postgres.js: `sql.begin(async (tx) => …)`. Use it inside that function only.
 *
 * postgres.js rolls a transaction back after any failed statement, even behind a savepoint of Holdfast. To continue after a failure, make
 * the call in a savepoint of its own: `tx.savepoint(async (nested) => …)`.
 */
export function fromPostgresJs(tx: TransactionSql): TransactionClient {
  return {
    query: async (query) => {
      try {
        return await (query.types ? queryRows(tx, query, query.types) : queryObjects(tx, query));
      } catch (error) {
        throw namedAsInPg(error);
      }
    },
  };
}

/** Its errors have other names for three fields. */
function namedAsInPg(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { constraint_name: constraint, table_name: table, column_name: column } = error as Partial<PostgresError>;
  return Object.assign(error, { constraint, table, column });
}

/** By default, a text without values may hold several statements. */
const oneStatement = { prepare: false, simple: false } as const;

async function queryObjects(tx: TransactionSql, { text, values }: ClientQuery): Promise<ClientResult> {
  const result = await tx.unsafe(text, values as ParameterOrJSON<never>[], oneStatement);
  return { rows: [...result], command: commandOf(result), rowCount: result.count };
}

async function queryRows(
  tx: TransactionSql,
  { text, values }: ClientQuery,
  { getTypeParser }: NonNullable<ClientQuery["types"]>,
): Promise<ClientResult> {
  const texts = await textsOf(tx, text, values);
  const parameters = texts.map((value) => tx.typed(value as string, untyped));
  const result = await tx.unsafe(text, parameters, { prepare: true }).raw();
  // A command such as SAVEPOINT has none.
  const columns: ColumnList<string> | undefined = result.columns;
  const parsers = columns?.map(({ type }) => getTypeParser(type)) ?? [];
  const rows = result.map((row) => row.map((bytes, i) => (bytes === null ? null : parsers[i]?.(bytes.toString()))));
  return { rows, command: commandOf(result), rowCount: result.count };
}

function commandOf({ command }: { readonly command: string }): string {
  return command;
}

/** The values in PostgreSQL's text format. postgres.js sends nothing else, and bytes may be those of a bytea or of an array. */
async function textsOf(tx: TransactionSql, text: string, values: readonly unknown[]): Promise<(string | null)[]> {
  const types = values.some(isBytes) ? await typesOf(tx, text, values.length) : [];
  return values.map((value, i) => {
    if (!isBytes(value)) return value as string | null;
    return types[i] === bytea ? `\\x${Buffer.from(value).toString("hex")}` : arrayText(value);
  });
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

const described = new Map<string, readonly number[]>();

/** The types of a statement's parameters. Its text decides them, so each is described once. */
async function typesOf(tx: TransactionSql, text: string, length: number): Promise<readonly number[]> {
  const known = described.get(text);
  if (known) return known;
  const nulls = Array.from({ length }, () => null);
  const { types } = await tx.unsafe(text, nulls, { prepare: true }).describe();
  described.set(text, types);
  return types;
}
