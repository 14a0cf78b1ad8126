import { PGlite } from "@electric-sql/pglite";
import { expect, onTestFinished, test } from "vitest";
import type { Database } from "../../src/postgres/database.ts";
import { command, sendAll } from "../../src/postgres/execute.ts";
import { opened, rejection, sessionOn, sql, value } from "./support.ts";

/** As many statements as there are between two times of upkeep. */
async function manyStatements(database: Database): Promise<void> {
  const connection = await database.connect();
  await sendAll(
    connection,
    Array.from({ length: 50_000 }, () => command("")),
  );
  connection.release();
}

test("upkeep that fails fails no call, and does not lose the only connection", async () => {
  const database = await opened({ memory: true });
  const session = sessionOn(database);
  // Statistics on an expression compute it.
  await session.run(
    sql(`create function fails(i int) returns int immutable language plpgsql
    as $$ begin if i > 0 then raise 'no statistics'; end if; return i; end $$`),
  );
  await session.run(sql("create table kept (i int)"));
  await session.run(sql("create index on kept (fails(-i))"));
  await session.run(sql("insert into kept select 1 from generate_series(1, 10)"));
  await session.run(
    sql(
      "create or replace function fails(i int) returns int immutable language plpgsql as $$ begin raise 'no'; end $$",
    ),
  );
  expect(await rejection(session.run(sql("vacuum (analyze)")))).toMatchObject({ facts: { sqlstate: "P0001" } });
  await manyStatements(database);
  expect(await session.run(value("select 1"))).toBe(1);
  expect(await session.run(value("select 2"))).toBe(2);
}, 300_000);

test("a caller's own PGlite is not vacuumed", async () => {
  const pglite = new PGlite();
  onTestFinished(() => pglite.close());
  const database = await opened({ pglite });
  const session = sessionOn(database);
  await session.run(sql("create table kept (i int)"));
  await session.run(sql("insert into kept select 1 from generate_series(1, 100)"));
  await manyStatements(database);
  expect(await session.run(value("select reltuples from pg_class where relname = 'kept'"))).toBe(-1);
}, 300_000);
