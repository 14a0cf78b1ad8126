import { afterAll, beforeAll, expect, test } from "vitest";
import { migrations } from "../../src/migrations/migrations.generated.ts";
import { migrate, migrationSql, migrationStatus } from "../../src/migrations/runner.ts";
import type { Database } from "../../src/postgres/database.ts";
import { command, sendAll } from "../../src/postgres/execute.ts";
import { open, rejection, urlOf } from "../database/support.ts";
import { describeOnEach, describeOnServers } from "../support/databases.ts";
import { ask, dump, load, scratchMigrations } from "./support.ts";

const names = migrations.map(({ name }) => name);

describeOnEach("migrating", (fresh) => {
  let database: Database;
  let schemas = 0;
  const newSchema = (): string => `migrating_${++schemas}`;
  beforeAll(async () => {
    database = await open(await fresh.options());
  });
  afterAll(() => database.close());

  test("makes the schema, applies every migration in order once, and records each", async () => {
    const schema = newSchema();
    expect(await migrate(database, schema)).toEqual(names);
    expect(await migrate(database, schema)).toEqual([]);
    const status = await migrationStatus(database, schema);
    expect(status.map(({ name }) => name)).toEqual(names);
    expect(status.every(({ appliedAt }) => appliedAt instanceof Date)).toBe(true);
  });

  test("makes the same under any name, and puts nothing outside it", async () => {
    const [one, other] = [newSchema(), newSchema()];
    const count = "select count(*)::int from pg_namespace";
    const before = Number(await ask(database, count));
    await migrate(database, one);
    await migrate(database, other);
    expect(await dump(database, other)).toBe(await dump(database, one));
    expect(await ask(database, "select count(*) from pg_class where relnamespace = 'public'::regnamespace")).toBe(0);
    expect(await ask(database, count)).toBe(before + 2);
  });

  test("does not use the search path", async () => {
    const schema = newSchema();
    const connection = await database.connect();
    await sendAll(connection, [command("set search_path = ''")]);
    connection.release();
    try {
      await migrate(database, schema);
    } finally {
      await ask(database, "reset search_path");
    }
    expect(await migrate(database, schema)).toEqual([]);
  });

  test("goes on from where an earlier release ended", async () => {
    const schema = newSchema();
    expect(await migrate(database, schema, { migrations: migrations.slice(0, 2) })).toEqual(names.slice(0, 2));
    const status = await migrationStatus(database, schema);
    expect(status.map(({ appliedAt }) => appliedAt !== null)).toEqual(names.map((_, i) => i < 2));
    expect(await migrate(database, schema)).toEqual(names.slice(2));
  });

  test("a migration that fails leaves those before it, and nothing of itself", async () => {
    const schema = newSchema();
    const broken = scratchMigrations(3, { 2: "create table holdfast.half (id int); select 1 / 0" });
    expect(await rejection(migrate(database, schema, { migrations: broken }))).toMatchObject({
      facts: { sqlstate: "22012" },
    });
    expect(
      await ask(
        database,
        `select string_agg(relname, ' ') from pg_class where relnamespace = '${schema}'::regnamespace and relkind = 'r'`,
      ),
    ).toMatch(/^(migrations t1|t1 migrations)$/);
    expect(await migrate(database, schema, { migrations: scratchMigrations(3) })).toEqual([
      "0002_scratch",
      "0003_scratch",
    ]);
  });

  test("status changes nothing", async () => {
    const schema = newSchema();
    const status = await migrationStatus(database, schema);
    expect(status.map(({ appliedAt }) => appliedAt)).toEqual(names.map(() => null));
    expect(await ask(database, `select to_regnamespace('${schema}') is null`)).toBe(true);
  });
});

describeOnEach("a schema that does not fit is refused, untouched:", (fresh) => {
  let database: Database;
  let schemas = 0;
  const newSchema = (): string => `refusing_${++schemas}`;
  beforeAll(async () => {
    database = await open(await fresh.options());
  });
  afterAll(() => database.close());

  const expectRefusal = async (schema: string, message: RegExp): Promise<void> => {
    const before = await dump(database, schema);
    const error = await rejection(migrate(database, schema));
    expect(error).toMatchObject({ code: "schema", facts: { schema } });
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
    expect(await rejection(migrationStatus(database, schema))).toMatchObject({ code: "schema" });
    expect(await dump(database, schema)).toBe(before);
  };

  test("another text of a migration", async () => {
    const schema = newSchema();
    await migrate(database, schema);
    await ask(database, `update "${schema}".migrations set checksum = 'other' where number = 2`);
    await expectRefusal(schema, new RegExp(`another text of migration ${names[1]}`));
  });

  test("a ledger with a gap", async () => {
    const schema = newSchema();
    await migrate(database, schema);
    await ask(database, `delete from "${schema}".migrations where number = 2`);
    await expectRefusal(schema, /lacks migration 2/);
  });

  test("a newer schema that needs a newer client", async () => {
    const schema = newSchema();
    await migrate(database, schema);
    const number = names.length + 1;
    await ask(database, `insert into "${schema}".migrations values (${number}, 'newer', 'x', ${number}, now())`);
    await expectRefusal(schema, /upgrade the holdfast package/);
  });

  test("but a newer schema that allows this client is used", async () => {
    const schema = newSchema();
    await migrate(database, schema);
    await ask(
      database,
      `insert into "${schema}".migrations values (${names.length + 1}, 'newer', 'x', ${names.length}, now())`,
    );
    expect(await migrate(database, schema)).toEqual([]);
    expect(await migrationStatus(database, schema)).toHaveLength(names.length);
  });

  test.each([
    ["a table", "create table %.orders (id int)"],
    ["a function", "create function %.f() returns int language sql as 'select 1'"],
    ["a type", "create type %.mood as enum ('fine')"],
    ["another tool's table of migrations", "create table %.migrations (id int, name text)"],
  ])("a schema with %s that is not Holdfast's", async (_, statement) => {
    const schema = newSchema();
    await ask(database, `create schema ${schema}`);
    await ask(database, statement.replace("%", schema));
    await expectRefusal(schema, /not Holdfast's/);
  });
});

describeOnServers("migrating on a server", (fresh) => {
  let database: Database;
  beforeAll(async () => {
    database = await open(await fresh.options());
  });
  afterAll(() => database.close());

  test("an empty schema is enough for a role that may make none", async () => {
    await ask(database, "create role tenant login password 'tenant'");
    await ask(database, "create schema given authorization tenant");
    const url = new URL(await urlOf(fresh));
    url.username = "tenant";
    url.password = "tenant";
    const tenant = await open({ url: url.href });
    try {
      expect(await migrate(tenant, "given")).toEqual(names);
      expect(await rejection(migrate(tenant, "taken"))).toMatchObject({ code: "schema", facts: { sqlstate: "42501" } });
    } finally {
      await tenant.close();
      await ask(database, "drop owned by tenant cascade");
      await ask(database, "drop role tenant");
    }
  });

  test("a migration that waits for a table in use fails after the lock timeout, and leaves nothing", async () => {
    await migrate(database, "locked", { migrations: scratchMigrations(1) });
    const holder = await database.connect();
    await sendAll(holder, [
      command("begin"),
      command("select from locked.t1"),
      command("lock table locked.t1 in access share mode"),
    ]);
    const next = scratchMigrations(2, {
      2: "create table holdfast.half (id int); alter table holdfast.t1 add column more int",
    });
    const startedAt = performance.now();
    const error = await rejection(migrate(database, "locked", { migrations: next, lockTimeoutMs: 200 }));
    expect(error).toMatchObject({ code: "conflict", retryable: true, facts: { sqlstate: "55P03" } });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(await ask(database, "select to_regclass('locked.half') is null")).toBe(true);
    await sendAll(holder, [command("rollback")]);
    holder.release();
    expect(await migrate(database, "locked", { migrations: next })).toEqual(["0002_scratch"]);
  });

  test("a migration may take longer than the statement timeout", async () => {
    const hasty = await open({ url: await urlOf(fresh), statementTimeoutMs: 1000 });
    try {
      const slow = scratchMigrations(1, { 1: "select pg_sleep(1.5)" });
      expect(await migrate(hasty, "slow", { migrations: slow })).toEqual(["0001_scratch"]);
      expect(await ask(hasty, "select current_setting('statement_timeout')")).toBe("1s");
    } finally {
      await hasty.close();
    }
  });

  test("the printed SQL makes the very same schema, which migrate then takes as its own", async () => {
    await load(await urlOf(fresh), migrationSql("printed"));
    await migrate(database, "ran");
    expect(await dump(database, "printed")).toBe(await dump(database, "ran"));
    expect(await migrate(database, "printed")).toEqual([]);
  });

  test("the printed SQL of what is pending goes on from what is there", async () => {
    await migrate(database, "half", { migrations: migrations.slice(0, 2) });
    const pending = (await migrationStatus(database, "half")).filter(({ appliedAt }) => appliedAt === null);
    await load(await urlOf(fresh), migrationSql("half", pending));
    expect(await migrate(database, "half")).toEqual([]);
  });
});
