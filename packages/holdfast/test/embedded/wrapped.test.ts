import { PGlite } from "@electric-sql/pglite";
import { expect, onTestFinished, test } from "vitest";
import { wrapPGlite } from "../../src/postgres/embedded/embedded.ts";
import { poolOf } from "./support.ts";

test("a caller's own PGlite is shared, and neither side sees into the other's transaction", async () => {
  const pglite = await PGlite.create();
  onTestFinished(() => pglite.close());
  const embedded = wrapPGlite(pglite);
  const pool = poolOf(embedded);
  await pool.query("create table shared (id int)");
  await expect(pool.query("copy shared from stdin")).rejects.toMatchObject({ code: "57014" });

  const client = await pool.connect();
  await client.query("begin");
  await client.query("insert into shared values (1)");
  const outside = pglite.query<{ n: number }>("select count(*)::int as n from shared");
  await client.query("rollback");
  expect((await outside).rows).toEqual([{ n: 0 }]);

  const theirs = pglite.transaction(async (transaction) => {
    await transaction.query("insert into shared values (2)");
    await new Promise((resolve) => setTimeout(resolve, 50));
    await transaction.rollback();
  });
  const ours = client.query("select count(*)::int as n from shared");
  await theirs;
  expect((await ours).rows).toEqual([{ n: 0 }]);

  // A client that leaves in a transaction must not keep the caller out.
  await client.query("begin");
  client.release(true);
  await pool.query("select 1");
  const heard: string[] = [];
  await pglite.listen("news", (payload) => heard.push(payload));
  await pool.end();
  await embedded.close();
  expect((await pglite.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await pglite.query("select pg_notify('news', 'still here')");
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(heard).toEqual(["still here"]);
});
