import type pg from "pg";

/** The module with the names of all indexes that the migrations make: what a store's health compares a schema against. */
export async function emitIndexes(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    "select indexname as name from pg_catalog.pg_indexes where schemaname = 'holdfast' order by indexname collate \"C\"",
  );
  return [
    "// Written by `npm run sql` from the schema. Not edited by hand.",
    "",
    "/** The names of the schema's indexes. */",
    "export const indexNames: readonly string[] = [",
    ...rows.map(({ name }) => `  ${JSON.stringify(name)},`),
    "];",
    "",
  ].join("\n");
}
