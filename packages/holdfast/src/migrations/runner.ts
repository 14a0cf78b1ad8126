import { createHash } from "node:crypto";
import { InvalidInputError, SchemaError } from "../core/errors.ts";
import { bindSchema, checkSchemaName } from "../core/schema-name.ts";
import type { Connection, Database } from "../postgres/database.ts";
import { command, refuseRollback, sendAll } from "../postgres/execute.ts";
import { isConnectionLost, toHoldfastError } from "../postgres/failures.ts";
import { type NoLedger, type AppliedMigration, ledgerSql, readLedger } from "./ledger.ts";
import { type Migration, migrations } from "./migrations.generated.ts";

/** One migration, and whether the schema has it. */
export interface MigrationStatus {
  readonly number: number;
  readonly name: string;
  readonly appliedAt: Date | null;
}

/** The options of a migration run, for tests: a release has one list and one time limit. */
export interface MigrationRun {
  readonly migrations?: readonly Migration[];
  /** How long a migration waits for a table that another session holds. */
  readonly lockTimeoutMs?: number;
}

const lockTimeoutDefaultMs = 10_000;

/** The name of the last migration of this release. */
export const newestMigration: string = migrations.at(-1)?.name ?? "";

/**
 * Brings a schema to this release: creates it if it is missing, then applies the missing migrations, each in its own transaction.
 * Processes that start at once are serialized by a transaction-level advisory lock, which also works behind a pooler that shares
 * sessions. A crash leaves only complete migrations, and the next run resumes.
 *
 * @returns the names of the migrations that this call applied.
 *
 * @throws InvalidInputError, having changed nothing, inside a caller's transaction while migrations are missing.
 * @throws SchemaError, having changed nothing, if the schema holds something else, is newer than this release allows, or has other
 * migrations than this release.
 */
export async function migrate(database: Database, schema: string, run: MigrationRun = {}): Promise<readonly string[]> {
  const known = run.migrations ?? migrations;
  const connection = await database.connect();
  let failure: Error | undefined;
  try {
    const applied: string[] = [];
    while (pendingMigrations(await readLedger(connection, schema), schema, known).length > 0) {
      refuseInTransaction(connection, schema);
      const name = await applyNext(connection, schema, {
        known,
        lockTimeoutMs: run.lockTimeoutMs ?? lockTimeoutDefaultMs,
      });
      if (name !== null) applied.push(name);
    }
    return applied;
  } catch (error) {
    // A transaction that could not be rolled back ends with its session.
    if (connection.inTransaction() || isConnectionLost(error)) failure = toHoldfastError(error);
    throw error;
  } finally {
    connection.release(failure);
  }
}

/** The COMMIT of a migration would commit the caller's open transaction on its own client. */
function refuseInTransaction(connection: Connection, schema: string): void {
  if (!connection.inTransaction()) return;
  throw new InvalidInputError(
    `Schema ${schema} lacks migrations, which cannot be applied inside the transaction that is open on the client: ` +
      "migrate outside the transaction, or open with migrate: false.",
    { facts: { field: "client" } },
  );
}

/** Every migration of this release, and when it was applied. Changes nothing. */
export async function migrationStatus(database: Database, schema: string): Promise<readonly MigrationStatus[]> {
  const connection = await database.connect();
  try {
    const ledger = await readLedger(connection, schema);
    pendingMigrations(ledger, schema, migrations);
    const appliedAt = new Map(appliedOf(ledger).map((row) => [row.number, row.appliedAt]));
    return migrations.map(({ number, name }) => ({ number, name, appliedAt: appliedAt.get(number) ?? null }));
  } finally {
    connection.release();
  }
}

/** What `migrate` would run, in order, as SQL text bound to the schema, to read or to run by other means. */
export function migrationSql(schema: string, pending: readonly { readonly name: string }[] = migrations): string {
  checkSchemaName(schema);
  const names = new Set(pending.map((migration) => migration.name));
  const chosen = migrations.filter((migration) => names.has(migration.name));
  const ledger =
    chosen.length === migrations.length
      ? `create schema if not exists "${schema}";\n${bindSchema(ledgerSql.create, schema)};\n`
      : "";
  const files = chosen.map((migration) => {
    const { number, name, oldestClient } = migration;
    const record = `insert into "${schema}".migrations values (${number}, '${name}', '${checksumOf(migration)}', ${oldestClient}, now());`;
    return `-- ${name}\nbegin;\n${bindSchema(migration.sql, schema)}\n${record}\ncommit;\n`;
  });
  return ledger + files.join("\n");
}

async function applyNext(
  connection: Connection,
  schema: string,
  { known, lockTimeoutMs }: { readonly known: readonly Migration[]; readonly lockTimeoutMs: number },
): Promise<string | null> {
  const send = (text: string, values: readonly string[] = []): Promise<unknown> =>
    sendAll(connection, [{ text: bindSchema(text, schema), values, untimed: true }]);
  await send("begin");
  try {
    await send(ledgerSql.noStatementTimeout);
    await send(ledgerSql.lock, [schema]);
    // Only after the advisory lock, for which starting processes may wait long: a table in use is not waited for.
    await send(ledgerSql.lockTimeout, [`${lockTimeoutMs}ms`]);
    const ledger = await readLedger(connection, schema);
    const [next] = pendingMigrations(ledger, schema, known);
    // A role that was given an empty schema may lack the right to create one.
    if (ledger === "no schema") await send(ledgerSql.createSchema);
    if (typeof ledger === "string") await send(ledgerSql.create);
    if (next !== undefined) {
      await send(next.sql);
      await send(ledgerSql.record, [String(next.number), next.name, checksumOf(next), String(next.oldestClient)]);
    }
    const [commit] = await sendAll(connection, [command("commit")]);
    refuseRollback(commit);
    return next?.name ?? null;
  } catch (error) {
    await sendAll(connection, [command("rollback")]).catch(() => undefined);
    throw error;
  }
}

function appliedOf(ledger: readonly AppliedMigration[] | NoLedger): readonly AppliedMigration[] {
  return typeof ledger === "string" ? [] : ledger;
}

/** The migrations that the ledger lacks. Refuses a ledger that does not belong to this release. */
function pendingMigrations(
  ledger: readonly AppliedMigration[] | NoLedger,
  schema: string,
  migrations: readonly Migration[],
): readonly Migration[] {
  const newest = migrations.at(-1)?.number ?? 0;
  const applied = appliedOf(ledger);
  for (const [i, row] of applied.entries()) {
    if (row.number !== i + 1) {
      throw new SchemaError(
        `Schema ${schema} lacks migration ${i + 1} but has ${row.name}: restore its ledger from a backup.`,
        {
          facts: { schema, missing: i + 1 },
        },
      );
    }
    const known = migrations[i];
    if (known === undefined && row.oldestClient > newest) {
      throw new SchemaError(
        `Schema ${schema} has migration ${row.name}, which this release (up to ${newest}) cannot work with: upgrade the holdfast package.`,
        { facts: { schema, actual: row.number, expected: newest } },
      );
    }
    if (known !== undefined && (row.name !== known.name || row.checksum !== checksumOf(known))) {
      throw new SchemaError(
        `Schema ${schema} was made with another text of migration ${row.name} than this release has: use the release that made it.`,
        { facts: { schema, migration: row.name } },
      );
    }
  }
  return migrations.slice(applied.length);
}

function checksumOf(migration: Migration): string {
  return createHash("sha256").update(migration.sql).digest("hex");
}
