import { bindSchema } from "../core/schema-name.ts";
import type { Database } from "../postgres/database.ts";
import { command, sendAll } from "../postgres/execute.ts";

/** Runs SQL that is written for the schema `holdfast` on another schema. Returns the first value of its first row. */
export async function ask(database: Database, schema: string, sql: string): Promise<unknown> {
  const connection = await database.connect();
  try {
    const [result] = await sendAll(connection, [command(bindSchema(sql, schema))]);
    return result?.rows[0]?.[0];
  } finally {
    connection.release();
  }
}
