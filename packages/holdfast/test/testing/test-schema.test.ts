import pg from "pg";
import { expect, test } from "vitest";
import { openStore, startTimerPump, startWorker } from "../../src/index.ts";
import { testSchema } from "../../src/testing/index.ts";
import { describeOnEach, describeOnServers } from "../support/databases.ts";
import { until } from "../support/waiting.ts";

describeOnEach("a schema for tests", (database) => {
  test("gives stores that are empty, in real time, however the one before was left", async () => {
    await using schema = await testSchema({ ...(await database.options()), schema: "my_tests" });
    const first = await schema.open();
    await first.store.executions.create({ id: "x" });
    await first.store.kv.set({ prefix: "p", key: "k", value: new Uint8Array([1]) });
    await first.clock.advance(86_400_000);
    expect((await first.clock.now()).getTime()).toBeGreaterThan(Date.now() + 86_000_000);
    await first.close();

    await using second = await schema.open();
    expect(second.store.schema).toBe("my_tests");
    expect(await second.store.executions.get("x")).toBeNull();
    expect(await second.store.kv.get("p", "k")).toBeNull();
    expect((await second.clock.now()).getTime()).toBeLessThan(Date.now() + 60_000);
  });

  test("has a clock that wakes what sleeps until a later time, long before its next poll", async () => {
    await using schema = await testSchema({ ...(await database.options()), schema: "my_tests" });
    await using testing = await schema.open();
    const { store, clock } = testing;
    const pollMs = 3_600_000;
    await store.jobs.push({ queue: "jobs", delayMs: pollMs });
    await store.executions.create({ queue: "executions", runAt: new Date(Date.now() + pollMs) });
    await store.executions.create({ id: "e" });
    await store.timers.schedule({ executionId: "e", step: "s", afterMs: pollMs });

    // Each loop has found nothing, knows when the next is due, and sleeps.
    const asleep = new Set<string>();
    const next = (queues: readonly string[]) => store.jobs.next(queues).finally(() => asleep.add(queues.join()));
    const nextTimer = () => store.timers.next().finally(() => asleep.add("timers"));
    const watched = { ...store, jobs: { ...store.jobs, next }, timers: { ...store.timers, next: nextTimer } };
    const done: string[] = [];
    const handle = (name: string) => () => void done.push(name);
    const worker = await startWorker(watched, {
      queues: { jobs: handle("job") },
      executions: { executions: handle("execution") },
      pollMs,
    });
    const pump = await startTimerPump(watched, { handler: handle("timer"), pollMs });
    try {
      await until(() => asleep.size === 3);
      await clock.advance(2 * pollMs);
      await until(() => done.length === 3);
    } finally {
      await Promise.all([worker.stop(), pump.stop()]);
    }
    expect(done.toSorted()).toEqual(["execution", "job", "timer"]);
  });

  test("is named, by a name that a store accepts", async () => {
    const opening = testSchema({ ...(await database.options()), schema: "Mine" });
    await expect(opening).rejects.toMatchObject({ code: "invalid_input", facts: { field: "schema" } });
  });
});

describeOnServers("a schema for tests on a server", (database) => {
  test("is refused where it must be new and is not, and left as it is", async () => {
    const options = { ...(await database.options()), schema: "taken" };
    await using store = await openStore(options);
    await store.kv.set({ prefix: "p", key: "k", value: new Uint8Array([1]) });
    await expect(testSchema({ ...options, fresh: true })).rejects.toMatchObject({
      code: "invalid_input",
      message: 'schema "taken" exists: name one that does not.',
    });
    expect(await store.kv.has("p", "k")).toBe(true);
  });

  test("is gone after it is dropped, and says which server it was on", async () => {
    const options = { ...(await database.options()), schema: "dropped", fresh: true };
    const schema = await testSchema(options);
    await (await schema.open()).close();
    await schema.drop();
    expect(schema.serverVersion).toMatch(/^PostgreSQL \d+/);
    await using again = await testSchema(options);
    expect(again.serverVersion).toBe(schema.serverVersion);
  });

  test("is dropped although a test that was given up wants its tables in another order", async () => {
    const options = await database.options();
    const schema = await testSchema({ ...options, schema: "given_up", fresh: true });
    const test = new pg.Client("url" in options ? options.url : "");
    await test.connect();
    await test.query("begin; lock table given_up.kv_entries in access share mode");
    const dropped = schema.drop();
    const table = await tableLockedByDrop(test);
    // Each waits for the other. The removal began to wait first, so the server refuses the removal, unless this machine is very slow.
    await test.query(`lock table ${table} in access share mode`).catch(() => undefined);
    await test.query("rollback");
    await dropped;
    const { rows } = await test.query("select from pg_catalog.pg_namespace where nspname = 'given_up'");
    expect(rows).toEqual([]);
    await test.end();
  });

  test("is dropped although a test that was given up moves its clock meanwhile", async () => {
    const options = await database.options();
    const schema = await testSchema({ ...options, schema: "still_moving", fresh: true });
    const test = new pg.Client("url" in options ? options.url : "");
    await test.connect();
    const { rows: moves } = await test.query<{ move: string }>(
      "select pg_catalog.pg_get_functiondef('still_moving.now()'::regprocedure) as move",
    );
    await test.query(`begin; ${moves[0]?.move}`);
    const dropped = schema.drop();
    await until(async () => {
      const { rows } = await test.query(
        `select from pg_catalog.pg_locks
         where locktype = 'transactionid' and not granted and transactionid = pg_catalog.pg_current_xact_id()::xid`,
      );
      return rows.length > 0;
    });
    await test.query("commit");
    await dropped;
    const { rows } = await test.query("select from pg_catalog.pg_namespace where nspname = 'still_moving'");
    expect(rows).toEqual([]);
    await test.end();
  });

  test("stays when it is closed, and is real time's again where its owner was killed", async () => {
    const options = { ...(await database.options()), schema: "left_behind" };
    const killed = await testSchema(options);
    const { clock } = await killed.open();
    await clock.advance(86_400_000);
    await killed.close();

    await using schema = await testSchema(options);
    await using opened = await schema.open();
    expect((await opened.clock.now()).getTime()).toBeLessThan(Date.now() + 60_000);
    await using store = await openStore(options);
    expect((await store.migrations()).every(({ appliedAt }) => appliedAt !== null)).toBe(true);
  });
});

/** A table of the schema "given_up" that its removal has locked, once it waits for another. */
async function tableLockedByDrop(client: pg.Client): Promise<string> {
  const tables: { readonly name: string }[] = [];
  await until(async () => {
    const { rows } = await client.query<{ name: string }>(
      `select held.relation::regclass::text as name from pg_catalog.pg_locks as held
       join pg_catalog.pg_locks as wanted on wanted.pid = held.pid and not wanted.granted
       join pg_catalog.pg_class as class on class.oid = held.relation and class.relkind = 'r'
       where held.granted and held.mode = 'AccessExclusiveLock'
         and wanted.relation = 'given_up.kv_entries'::regclass and held.relation <> wanted.relation
       limit 1`,
    );
    tables.push(...rows);
    return tables.length > 0;
  });
  return tables[0]?.name ?? "";
}
