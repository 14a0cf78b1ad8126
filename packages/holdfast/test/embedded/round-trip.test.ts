import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { openEmbedded } from "../../src/postgres/embedded/embedded.ts";
import { Child, opened, poolOf } from "./support.ts";

describe("the embedded database over its stream", () => {
  test("gives node-postgres the values that a server gives", async () => {
    const { pool } = await opened();
    const { rows } = await pool.query({
      name: "values",
      text: "select $1::int8 as big, $2::text as text, $3::jsonb as json, now() as at, null::int as nothing",
      values: ["9007199254740993", "ä\u{1F600}", { a: [1] }],
    });
    expect(rows).toEqual([
      { big: "9007199254740993", text: "ä\u{1F600}", json: { a: [1] }, at: expect.any(Date), nothing: null },
    ]);
  });

  test("sorts by bytes and knows Unicode's upper and lower case", async () => {
    const { pool } = await opened();
    const { rows } = await pool.query(
      "select string_agg(x, '' order by x) as sorted, upper('ä') as upper from (values ('a'), ('B'), ('ä'), ('C')) v(x)",
    );
    expect(rows).toEqual([{ sorted: "BCaä", upper: "Ä" }]);
  });

  test("delivers notifications", async () => {
    const { pool } = await opened();
    const client = await pool.connect();
    const heard: (string | undefined)[] = [];
    client.on("notification", ({ payload }) => heard.push(payload));
    await client.query("listen jobs");
    await client.query("select pg_notify('jobs', 'one')");
    await client.query("begin");
    await client.query("select pg_notify('jobs', 'two')");
    await client.query("rollback");
    await client.query("select pg_notify('jobs', 'three')");
    client.release();
    expect(heard).toEqual(["one", "three"]);
  });

  test("fails one statement of a pipeline and runs the next", async () => {
    const { pool } = await opened();
    const client = await pool.connect();
    const outcomes = await Promise.allSettled([
      client.query({ name: "divide", text: "select 1 / $1::int as n", values: [0] }),
      client.query({ name: "divide", text: "select 1 / $1::int as n", values: [1] }),
      client.query("begin"),
      client.query("create table half (id int)"),
      client.query("select * from missing"),
      client.query("select 1"),
      client.query("rollback"),
      client.query("select to_regclass('half') as half"),
    ]);
    client.release();
    const codes = outcomes.map((outcome) =>
      outcome.status === "rejected" && outcome.reason instanceof pg.DatabaseError
        ? outcome.reason.code
        : outcome.status,
    );
    const ok = "fulfilled";
    expect(codes).toEqual(["22012", ok, ok, ok, "42P01", "25P02", ok, ok]);
    expect(outcomes.at(-1)).toMatchObject({ value: { rows: [{ half: null }] } });
  });

  test("carries 10 MB each way for less than two seconds of work", async () => {
    const { pool } = await opened();
    const big = Buffer.alloc(10 * 1024 * 1024, 7);
    await pool.query("create table big (bytes bytea)");
    const before = process.cpuUsage();
    await pool.query("insert into big values ($1)", [big]);
    const { rows } = await pool.query<{ bytes: Buffer }>("select bytes from big");
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(2_000_000);
    expect(rows[0]?.bytes.equals(big)).toBe(true);
  });

  test("leaves the caller's event loop free while a statement runs", async () => {
    const { embedded, pool } = await opened();
    let isOver = false;
    // It ends by itself, so that a loop which is not free fails this test, and does not hang it.
    const statement = pool.query("select pg_sleep(40)").catch(() => undefined);
    const over = statement.then(() => (isOver = true));
    for (let turn = 0; turn < 50; turn += 1) await pause(10);
    expect(isOver).toBe(false);
    await embedded.restart("the test has seen enough");
    await over;
  });

  test("refuses a COPY from the client and a statement nested too deeply without ending", async () => {
    const { pool } = await opened();
    await pool.query("create table copied (id int)");
    await expect(pool.query("copy copied from stdin")).rejects.toMatchObject({ code: "57014" });
    await expect(pool.query(`select 1${"+1".repeat(20_000)}`)).rejects.toMatchObject({ code: "54001" });
    await expect(pool.query("select 1 as one")).resolves.toMatchObject({ rows: [{ one: 1 }] });
  });

  test("gives a new client a clean session", async () => {
    const { pool } = await opened();
    const first = await pool.connect();
    await first.query("create table kept (id int)");
    await first.query({ name: "named", text: "select 1" });
    await first.query("set application_name = 'first'");
    await first.query("listen jobs");
    await first.query("create temp table mine (id int)");
    await first.query("begin");
    await first.query("insert into kept values (1)");
    await first.query("select * from missing").catch(() => {});
    first.release(true);
    const { rows } =
      await pool.query(`select (select count(*)::int from kept) as kept, current_setting('application_name') as name,
      (select count(*)::int from pg_prepared_statements) as prepared, (select count(*)::int from pg_listening_channels()) as channels,
      to_regclass('mine') as mine`);
    expect(rows).toEqual([{ kept: 0, name: "", prepared: 0, channels: 0, mine: null }]);
  });

  test("makes a second client wait for the first, and tells it why when that stays", async () => {
    const { embedded, pool } = await opened();
    await pool.query("select 1");
    const second = poolOf(embedded);
    const late = second.query("select 2 as two");
    await pause(100);
    await pool.end();
    await expect(late).resolves.toMatchObject({ rows: [{ two: 2 }] });
    const third = poolOf(embedded);
    await expect(third.query("select 3")).rejects.toThrow(/one connection/);
    await second.end();
    await third.end();
  });

  test("says that there is no encryption inside the process", async () => {
    const { embedded } = await opened();
    const client = new pg.Client({
      stream: () => embedded.stream(),
      ssl: true,
      user: "postgres",
      database: "postgres",
      password: "x",
    });
    await expect(client.connect()).rejects.toThrow(/does not support SSL/);
  });

  test("rejects every call once it is closed", async () => {
    const embedded = await openEmbedded({ folder: null, durability: "full" });
    const pool = poolOf(embedded);
    await pool.query("select 1");
    await embedded.close();
    await embedded.close();
    await expect(pool.query("select 1")).rejects.toMatchObject({ code: "unavailable" });
    await pool.end();
  });

  test("lets a process that forgot it end, but not before the answer came", async () => {
    const child = new Child("forget", "memory");
    expect(await child.ended()).toBe(0);
    expect(child.lines).toEqual(["answer 42"]);
  });
});
