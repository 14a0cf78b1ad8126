import pg from "pg";
import { dumpSchema } from "../../../../tools/schema/dump.ts";
import type { Migration } from "../../src/migrations/migrations.generated.ts";
import type { Database } from "../../src/postgres/database.ts";
import { command, sendAll } from "../../src/postgres/execute.ts";

/** The value that a statement gives first, asked on any session. */
export async function ask(database: Database, text: string): Promise<unknown> {
  const connection = await database.connect();
  try {
    const [result] = await sendAll(connection, [command(text)]);
    return result?.rows[0]?.[0];
  } finally {
    connection.release();
  }
}

/** The schema as text, to compare with another. */
export async function dump(database: Database, schema: string): Promise<string> {
  const connection = await database.connect();
  try {
    return await dumpSchema({ query: ({ text, values }) => connection.query({ text, values }) }, schema);
  } finally {
    connection.release();
  }
}

/** Migrations for a test: the n-th makes table `t<n>`, or runs what is given for it. */
export function scratchMigrations(count: number, sql: Readonly<Record<number, string>> = {}): readonly Migration[] {
  return Array.from({ length: count }, (_, i) => ({
    number: i + 1,
    name: `000${i + 1}_scratch`,
    oldestClient: i + 1,
    sql: sql[i + 1] ?? `create table holdfast.t${i + 1} (id int)`,
  }));
}

/** Runs a file of SQL as psql would. */
export async function load(url: string, text: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
