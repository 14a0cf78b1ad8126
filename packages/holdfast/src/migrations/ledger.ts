import { SchemaError } from "../core/errors.ts";
import { bindSchema } from "../core/schema-name.ts";
import type { Connection } from "../postgres/database.ts";
import { sendAll } from "../postgres/execute.ts";

/** A row of the ledger: a migration that was applied to the schema. */
export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  /** The oldest client that works with the schema after this migration, by the number of its newest migration. */
  readonly oldestClient: number;
  readonly appliedAt: Date;
}

/** The statements about the ledger, which run before a schema exists that the SQL checker could check them against. */
export const ledgerSql = {
  lock: "select pg_advisory_xact_lock(hashtextextended('holdfast migrations in ' || $1, 0))",
  lockTimeout: "select set_config('lock_timeout', $1, true)",
  // Other processes may take long, and so may a migration.
  noStatementTimeout: "set local statement_timeout = 0",
  // A table named migrations is common, so its columns identify it. One snapshot reads everything. to_regclass reads the catalog's cache,
  // by which another process's newly committed migration would look like a foreign schema.
  inspect: `select
      (select count(*) from pg_catalog.pg_attribute as attribute join pg_catalog.pg_class as class on class.oid = attrelid
        where relnamespace = namespace.oid and relname = 'migrations' and relkind in ('r', 'p')
        and attname in ('number', 'name', 'checksum', 'oldest_client', 'applied_at') and not attisdropped) = 5,
      exists (select from pg_catalog.pg_class where relnamespace = namespace.oid)
      or exists (select from pg_catalog.pg_proc where pronamespace = namespace.oid)
      or exists (select from pg_catalog.pg_type where typnamespace = namespace.oid),
      namespace.oid is not null
    from (select 1) as one left join pg_catalog.pg_namespace as namespace on nspname = $1`,
  read: "select number, name, checksum, oldest_client, applied_at from holdfast.migrations order by number",
  createSchema: `create schema "holdfast"`,
  create: `create table holdfast.migrations (
  number integer primary key,
  name text not null,
  checksum text not null,
  oldest_client integer not null,
  applied_at timestamptz not null
)`,
  record:
    "insert into holdfast.migrations (number, name, checksum, oldest_client, applied_at) values ($1, $2, $3, $4, now())",
} as const;

/** The state before the first migration: no schema, or an empty one that the role may not be allowed to create. */
export type NoLedger = "no schema" | "empty schema";

/**
 * The migrations of a schema, in order, or what exists instead of a ledger.
 *
 * @throws SchemaError if the schema holds anything but Holdfast.
 */
export async function readLedger(
  connection: Connection,
  schema: string,
): Promise<readonly AppliedMigration[] | NoLedger> {
  const [inspected] = await sendAll(connection, [{ text: ledgerSql.inspect, values: [schema] }]);
  const [hasLedger, hasObjects, hasSchema] = inspected?.rows[0] ?? [];
  if (hasLedger !== true) {
    if (hasObjects !== true) return hasSchema === true ? "empty schema" : "no schema";
    throw new SchemaError(
      `Schema ${schema} holds objects that are not Holdfast's: choose another schema, or an empty one.`,
      {
        facts: { schema },
      },
    );
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
