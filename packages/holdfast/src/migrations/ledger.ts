import type { Connection } from "../database/database.ts";
import { sendAll } from "../database/execute.ts";
import { bindSchema } from "../database/schema-name.ts";
import { SchemaError } from "../errors.ts";

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
  lockTimeout: "select set_config('lock_timeout', $1, true)",
  // Other processes may be at work for long, and so may a migration.
  noStatementTimeout: "set local statement_timeout = 0",
  // A table named migrations is no rarity, so it is told by its columns. All is read by one snapshot: to_regclass reads the
  // catalog's cache, by which another process's migration, committed just now, would look like a schema of somebody else's.
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

/** What there is before the first migration: not even the schema, or an empty one that the role may not be allowed to make. */
export type Absence = "no schema" | "empty schema";

/**
 * The migrations that a schema has, in order, or what there is instead of a ledger.
 *
 * @throws SchemaError when the schema holds anything but Holdfast.
 */
export async function readLedger(
  connection: Connection,
  schema: string,
): Promise<readonly AppliedMigration[] | Absence> {
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
