import pg from "pg";
import { expect, test } from "vitest";
import { migrate } from "../../src/migrations/runner.ts";
import { open, urlOf } from "../database/support.ts";
import { describeOnServers } from "../support/databases.ts";

/** What one entry of a btree index may have, its header included. */
const entryBytesMax = 2704;

/** The most bytes of the domains' texts. */
const domainBytes: Readonly<Record<string, number>> = { id: 255, key: 1024, kv_key: 1024 };

/** The most bytes of texts that have no domain, for narrow tables are written without checks: by name, what the wide tables check. */
const textBytes: Readonly<Record<string, number>> = {
  id: 255,
  job_id: 255,
  execution_id: 255,
  queue: 255,
  group_key: 1024,
  component: 1024,
  unique_key: 1024,
  // Labels that are longer are not in the index, and requirements are limited as one text.
  name: 255,
  text: 1000,
  route: 1000,
};

describeOnServers("the entries of every index", (fresh) => {
  test("are small enough, however little of a key can be compressed", async () => {
    const database = await open(await fresh.prepared());
    await migrate(database, "holdfast");
    await database.close();
    const client = new pg.Client(await urlOf(fresh));
    await client.connect();
    const { rows } = await client.query<{ index: string; column: string; type: string; bytes: number }>(
      `select relation.relname as index, attribute.attname as column, coalesce(domain.typname, type.typname)::text as type,
         attribute.attlen as bytes
       from pg_index
       join pg_class as relation on relation.oid = indexrelid
       join pg_am as method on method.oid = relation.relam and method.amname = 'btree'
       join pg_attribute as attribute on attribute.attrelid = indexrelid
       join pg_type as type on type.oid = attribute.atttypid
       left join pg_attribute as source on source.attrelid = indrelid and source.attnum = indkey[attribute.attnum - 1]
       left join pg_type as domain on domain.oid = source.atttypid and domain.typtype = 'd'
       where relation.relnamespace = 'holdfast'::regnamespace`,
    );
    await client.end();
    const entries = new Map<string, number>();
    for (const { index, column, type, bytes } of rows) {
      const most = bytes > 0 ? bytes : (domainBytes[type] ?? textBytes[column]);
      expect(most, `the most bytes of ${index}.${column}, a ${type}`).toBeDefined();
      // A text has a header of four bytes, and begins at a multiple of four; at worst, of eight.
      entries.set(index, (entries.get(index) ?? 8) + Math.ceil(((most ?? 0) + (bytes > 0 ? 0 : 4)) / 8) * 8);
    }
    expect(entries.size).toBeGreaterThan(50);
    expect([...entries].filter(([, size]) => size > entryBytesMax)).toEqual([]);
  });
});
