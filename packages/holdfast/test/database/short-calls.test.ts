import { afterAll, beforeAll, expect, test } from "vitest";
import { combinePlans } from "../../src/core/plan.ts";
import type { Database } from "../../src/postgres/database.ts";
import type { StoreSession } from "../../src/session/store-session.ts";
import { describeOnEach, describeOnServers } from "../support/databases.ts";
import { open, opened, rejection, sessionOn, sql, untilQuick, urlOf, value } from "./support.ts";

describeOnEach("a statement that stays prepared", (fresh) => {
  let database: Database;
  let session: StoreSession;
  beforeAll(async () => {
    database = await open(await fresh.options());
    session = sessionOn(database);
    await untilQuick(session);
  });
  afterAll(() => database.close());

  test("gives values of the same types at every execution", async () => {
    const text = "select $1::bigint, $2::bool, $3::bytea, null, $4::json, 'é', array['a', null]";
    const bytes = new Uint8Array([0, 92, 255]);
    const call = () => session.run(sql(text, "9007199254740991", "t", bytes, '{"a":1}'));
    const row = [9007199254740991, true, bytes, null, '{"a":1}', "é", ["a", null]];
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
    expect(await session.run(value("select count(*) from counted"))).toBe(3);
  });

  test("fails alone where a value of it cannot be read", async () => {
    const style = (name: string) =>
      session.transaction(async (tx) => {
        await tx.run(sql(`set local datestyle to ${name}`));
        // Each a statement of its own, for text comes at the first execution only.
        return tx.run(value(`select now() as in_${name}`));
      });
    expect(await style("iso")).toBeInstanceOf(Date);
    expect(await rejection(style("sql"))).toMatchObject({ facts: { field: "DateStyle" } });
    expect(await style("iso")).toBeInstanceOf(Date);
  });
});

describeOnEach("a plan of several statements that stay prepared", (fresh) => {
  let session: StoreSession;
  let database: Database;
  beforeAll(async () => {
    database = await open(await fresh.options());
    session = sessionOn(database);
    await untilQuick(session);
    await session.run(sql("create table noted (n int)"));
  });
  afterAll(() => database.close());

  const noted = () => session.run(value("select coalesce(string_agg(n::text, ' ' order by n), '') from noted"));
  const note = (n: string) => value("insert into noted values ($1) returning n", n);
  const quotient = (n: string) => value("select 12 / $1::integer", n);

  test("is one transaction, whose failures are told and undo it", async () => {
    const failing = session.run(combinePlans([note("1"), quotient("0"), note("2")]));
    expect(await rejection(failing)).toMatchObject({ code: "invalid_input" });
    expect(await noted()).toBe("");
    // What the failed one had not come to is prepared now.
    const made = combinePlans([note("3"), quotient("4"), value("select count(*) from noted"), note("5")]);
    expect(await session.run(made)).toEqual([3, 3, 1, 5]);
    expect(await noted()).toBe("3 5");
  });

  test("is undone where one of them cannot be sent", async () => {
    const tooLarge = 7 as unknown as string;
    expect(await rejection(session.run(combinePlans([note("7"), note(tooLarge)])))).toMatchObject({
      code: "unavailable",
    });
    expect(await noted()).toBe("3 5");
    expect(await session.run(combinePlans([note("8"), note("9")]))).toEqual([8, 9]);
  });

  test("fails where it cannot be committed", async () => {
    await session.run(sql("create table parts (n int unique deferrable initially deferred)"));
    const part = (n: string) => sql("insert into parts values ($1)", n);
    expect(await rejection(session.run(combinePlans([part("1"), part("1")])))).toMatchObject({ code: "duplicate" });
    expect(await session.run(value("select count(*) from parts"))).toBe(0);
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
