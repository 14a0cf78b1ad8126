import { archivedTables, leftOutTables } from "../../src/archive/tables.generated.ts";
import { jsonCodec } from "../../src/core/codec.ts";
import { bindSchema } from "../../src/core/schema-name.ts";
import type { Store } from "../../src/index.ts";
import { migrate } from "../../src/migrations/runner.ts";
import type { ConnectionOptions } from "../../src/postgres/connection/connection-options.ts";
import { resolveConnection } from "../../src/postgres/connection/resolve.ts";
import type { Database } from "../../src/postgres/database.ts";
import { openDatabase } from "../../src/postgres/open-database.ts";
import { storeOn } from "../../src/store.ts";

/** A store whose rows a test can read. */
export interface ReadableStore {
  readonly store: Store;
  /** Every row of every table as text, by table, without the transactions of history, which are the cluster's. */
  rows(): Promise<Readonly<Record<string, readonly string[]>>>;
  /** The tables of the schema. */
  tables(): Promise<readonly string[]>;
}

let schemas = 0;

/** Opens a database for stores in schemas of their own. */
export function openStores(options: ConnectionOptions): Promise<Database> {
  return openDatabase(resolveConnection(options));
}

/** An empty store in a schema of its own. */
export async function emptyStore(database: Database): Promise<ReadableStore> {
  const schema = `archive_${++schemas}`;
  await migrate(database, schema);
  const store = storeOn(database, { schema, codec: jsonCodec, coalesce: true, location: "a store under test" });
  const ask = (sql: string): Promise<readonly string[]> => texts(database, bindSchema(sql, schema));
  return {
    store,
    rows: async () => {
      const rows: Record<string, readonly string[]> = {};
      for (const { name, key } of [...archivedTables, labels]) {
        const order = key
          .map((column) => column.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
          .join(", ");
        const found = await ask(`select row_to_json(stored)::text from holdfast.${name} as stored order by ${order}`);
        rows[name] = found.map((row) => row.replaceAll(/,"transaction":"?\d+"?/g, ""));
      }
      return rows;
    },
    tables: () => ask(`select tablename::text from pg_tables where schemaname = '${schema}' order by 1`),
  };
}

/** No archive holds them, and they are there all the same. */
const labels = { name: "execution_labels", key: ["executionId", "name"] };

/** The tables that the archive knows, exported or left out on purpose. */
export const knownTables: readonly string[] = [...archivedTables.map(({ name }) => name), ...leftOutTables].toSorted();

async function texts(database: Database, text: string): Promise<readonly string[]> {
  const connection = await database.connect();
  try {
    return (await connection.query({ text, values: [] })).rows.map(([value]) => String(value));
  } finally {
    connection.release();
  }
}

/** The lines of an archive. */
export async function linesOf(archive: AsyncIterable<string>): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of archive) lines.push(line);
  return lines;
}
