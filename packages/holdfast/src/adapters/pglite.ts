import { type Transaction as PGliteTransaction, types } from "@electric-sql/pglite";
import type { ClientQuery, ClientResult, TransactionClient } from "../transactions/index.ts";

/** The array types of the types that PGlite reads, which it parses too. */
const arrayTypes = [199, 1000, 1001, 1005, 1007, 1009, 1016, 1021, 1022, 1115, 1182, 1185, 1231, 2951, 3807];
const parsedTypes = [...Object.keys(types.parsers).map(Number), ...arrayTypes];

/** Values arrive as PostgreSQL writes them, whatever the type of the parameter. */
const asTheyAre = new Proxy<Record<number, (value: unknown) => string>>({}, { get: () => (value: unknown) => value });

/**
 * Makes a client for `store.within` of a transaction of PGlite: `pglite.transaction(async (tx) => …)`. The store's tables must be in the
 * same PGlite, as with `openStore({ pglite })`.
 */
export function fromPglite(tx: PGliteTransaction): TransactionClient {
  return {
    getTransactionStatus: () => (tx.closed ? "I" : "T"),
    query: (query) => (query.types ? queryRows(tx, query, query.types) : queryObjects(tx, query)),
  };
}

async function queryObjects(tx: PGliteTransaction, { text, values }: ClientQuery): Promise<ClientResult> {
  const { rows, command = "", rowCount = null } = await tx.query<object>(text, [...values]);
  return { rows, command, rowCount };
}

async function queryRows(
  tx: PGliteTransaction,
  { text, values }: ClientQuery,
  { getTypeParser }: NonNullable<ClientQuery["types"]>,
): Promise<ClientResult> {
  const parsers = Object.fromEntries(parsedTypes.map((oid) => [oid, getTypeParser(oid)]));
  const options = { rowMode: "array", parsers, serializers: asTheyAre } as const;
  const { rows, command = "", rowCount = null } = await tx.query<unknown[]>(text, [...values], options);
  return { rows, command, rowCount };
}
