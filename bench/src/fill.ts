import type { Pool } from "pg";

/** What a copy has of its own, as SQL over its number `n`, by column. */
export type Own = Readonly<Record<string, string>>;

/**
 * Fills a table of Holdfast with copies of the row that a store wrote there, by one statement and without triggers: so a million rows
 * take seconds, and are what the release that is measured writes. Identities are numbered on.
 */
export async function copyRow(
  pool: Pool,
  table: string,
  { rows, own }: { readonly rows: number; readonly own: Own },
): Promise<void> {
  const { rows: columns } = await pool.query<{ readonly name: string }>(
    `select attname as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attidentity = ''`,
    [`holdfast.${table}`],
  );
  const names = columns.map(({ name }) => name);
  const values = names.map((name) => own[name] ?? `original.${name}`);
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query("set local session_replication_role = replica");
    await client.query(
      `insert into holdfast.${table} (${names.join(", ")})
       select ${values.join(", ")}
       from (select * from holdfast.${table} limit 1) as original cross join generate_series(1, $1::bigint) as n`,
      [rows],
    );
    await client.query("commit");
  } finally {
    client.release();
  }
}

/** What autovacuum does after so many new rows, at a moment that nobody knows. */
export const afterwards = "vacuum analyze";
