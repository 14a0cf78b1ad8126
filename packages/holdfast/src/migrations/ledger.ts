import { SchemaError } from "../errors.ts";
import type { Connection } from "../database/database.ts";
import { sendAll } from "../database/execute.ts";
import { bindSchema } from "../database/schema-name.ts";

/** A row of the ledger: a migration that the schema has. */
export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  /** The number of the newest migration that a client must know to work with the schema after this one. */
  readonly oldestClient: number;
  readonly appliedAt: Date;
}

/** The statements about the ledger, which run before there is a schema that the SQL checker could check them against. */
export const ledgerSql = {
  lock: "select pg_advisory_xact_lock(hashtextextended('holdfast migrations in ' || $1, 0))",
  lockTimeout: "set local lock_timeout = '10s'",
  inspect: `select to_regclass(format('%I.migrations', $1::text)) is not null,
      exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1)
      or exists (select from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = $1)`,
  read: "select number, name, checksum, oldest_client, applied_at from holdfast.migrations order by number",
  create: `create schema if not exists "holdfast";
create table holdfast.migrations (
  number integer primary key,
  name text not null,
  checksum text not null,
  oldest_client integer not null,
  applied_at timestamptz not null
)`,
  record: "insert into holdfast.migrations (number, name, checksum, oldest_client, applied_at) values ($1, $2, $3, $4, now())",
} as const;

/**
 * The migrations that a schema has, in order; null where there is no ledger yet.
 *
 * @throws SchemaError when the schema holds anything but Holdfast.
 */
export async function readLedger(connection: Connection, schema: string): Promise<readonly AppliedMigration[] | null> {
  const [inspected] = await sendAll(connection, [{ text: ledgerSql.inspect, values: [schema] }]);
  const [hasLedger, hasObjects] = inspected?.rows[0] ?? [];
  if (hasLedger !== true) {
    if (hasObjects !== true) return null;
    throw new SchemaError(`Schema ${schema} holds objects that are not Holdfast's: choose another schema, or an empty one.`, {
      facts: { schema },
    });
  }
  const [ledger] = await sendAll(connection, [{ text: bindSchema(ledgerSql.read, schema), values: [] }]);
  return (ledger?.rows ?? []).map(([number, name, checksum, oldestClient, appliedAt]) => ({
    number: Number(number),
    name: String(name),
    checksum: String(checksum),
    oldestClient: Number(oldestClient),
    appliedAt: appliedAt instanceof Date ? appliedAt : new Date(String(appliedAt)),
  }));
}
