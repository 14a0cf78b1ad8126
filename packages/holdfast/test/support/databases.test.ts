import { createRequire } from "node:module";
import pg from "pg";
import { expect, test } from "vitest";
import { HoldfastError } from "../../src/core/errors.ts";
import { databases, describeOnEach, describeOnServers } from "./databases.ts";

test("the embedded database comes first and is never missing", () => {
  expect(databases()[0]).toMatchObject({ name: "embedded", missing: undefined });
});

test("a test file imports the built modules, untransformed", () => {
  const built = createRequire(import.meta.url)("../../dist/core/errors.js") as { HoldfastError: unknown };
  expect(HoldfastError).toBe(built.HoldfastError);
});

test("tests do not see DATABASE_URL, which chooses the server they run on", () => {
  expect(process.env["DATABASE_URL"]).toBeUndefined();
});

describeOnEach("a fresh database", (database) => {
  test("keeps its options", async () => {
    expect(await database.options()).toBe(await database.options());
  });
});

describeOnServers("a server", (database) => {
  test("gives an empty database that syncs its log to disk", async () => {
    const options = await database.options();
    const client = new pg.Client({ connectionString: "url" in options ? options.url : "" });
    await client.connect();
    try {
      const { rows } = await client.query<{ name: string; fsync: string; tables: number }>(
        `select current_database() as name, current_setting('fsync') as fsync,
                (select count(*)::int from pg_tables where schemaname = 'public') as tables`,
      );
      expect(rows).toEqual([{ name: expect.stringMatching(/^t_a_server_/), fsync: "on", tables: 0 }]);
    } finally {
      await client.end();
    }
  });
});
