import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../src/database/database.ts";
import type { StoreSession } from "../../src/database/store-session.ts";
import { describeOnEach, describeOnServers } from "../support/databases.ts";
import { open, opened, rejection, sessionOn, sql, urlOf, value } from "./support.ts";

describeOnEach("a statement that stays prepared", (fresh) => {
  let database: Database;
  let session: StoreSession;
  beforeAll(async () => {
    database = await open(await fresh.options());
    session = sessionOn(database);
  });
  afterAll(() => database.close());

  test("gives values of the same types at every execution", async () => {
    const text = "select $1::bigint, $2::bool, $3::bytea, null, $4::json, 'é', array['a', null]";
    const bytes = new Uint8Array([0, 92, 255]);
    const call = () => session.run(sql(text, "9007199254740993", "t", bytes, '{"a":1}'));
    const row = [9007199254740993n, true, bytes, null, '{"a":1}', "é", ["a", null]];
    for (let i = 0; i < 3; i++) expect(await call()).toEqual([row]);
    expect(await Promise.all([call(), call(), call()])).toEqual([[row], [row], [row]]);
  });

  test("gives rows also where its first execution failed, or gave none", async () => {
    const failing = (n: string) => session.run(value("select 12 / $1::integer", n));
    expect(await rejection(failing("0"))).toMatchObject({ code: "invalid_input" });
    expect(await failing("4")).toBe(3);
    const none = (n: string) => session.run(sql("select n from generate_series(1, $1::integer) as n", n));
    expect(await none("0")).toEqual([]);
    expect(await none("2")).toEqual([[1], [2]]);
  });

  test("may give no columns at all", async () => {
    await session.run(sql("create table if not exists counted (n int)"));
    const insert = (n: string) => session.run(sql("insert into counted values ($1)", n));
    for (const n of ["1", "2", "3"]) expect(await insert(n)).toEqual([]);
    expect(await session.run(value("select count(*) from counted"))).toBe(3n);
  });

  test("fails alone where a value of it cannot be read", async () => {
    const style = (name: string) =>
      session.transaction(async (tx) => {
        await tx.run(sql(`set local datestyle to ${name}`));
        return tx.run(value("select now()"));
      });
    expect(await style("iso")).toBeInstanceOf(Date);
    expect(await rejection(style("sql"))).toMatchObject({ facts: { field: "DateStyle" } });
    expect(await style("iso")).toBeInstanceOf(Date);
  });
});

describeOnServers("a connection between two calls", (fresh) => {
  test("is the same for a caller who makes one after the other, and idle when nobody asks", async () => {
    const database = await opened({ url: await urlOf(fresh) });
    const session = sessionOn(database);
    const pids = new Set<unknown>();
    for (let i = 0; i < 250; i++) pids.add(await session.run(value("select pg_backend_pid()")));
    expect(pids.size).toBe(1);
    expect(database.usage()).toMatchObject({ open: 1, busy: 0, waiting: 0 });
  });

  test("is not lent again once it broke", async () => {
    const database = await opened({ url: await urlOf(fresh) });
    const session = sessionOn(database);
    const other = sessionOn(await opened({ url: await urlOf(fresh) }));
    const pid = await session.run(value("select pg_backend_pid()::text"));
    await other.run(value("select pg_terminate_backend($1::integer, 5000)", String(pid)));
    await expect.poll(() => database.usage().open).toBe(0);
    expect(await session.run(value("select 1"))).toBe(1);
  });

  test("goes to whoever waits for one, before the one who asks again", async () => {
    const session = sessionOn(await opened({ url: await urlOf(fresh), poolMax: 1 }), { coalesce: false });
    const order: string[] = [];
    const again = async (): Promise<void> => {
      for (let i = 0; i < 3; i++) {
        await session.run(value("select 1"));
        order.push("again");
      }
    };
    const asking = again();
    const waiting = session.run(value("select 2")).then(() => order.push("waiting"));
    await Promise.all([asking, waiting]);
    expect(order).toEqual(["again", "waiting", "again", "again"]);
  });
});
