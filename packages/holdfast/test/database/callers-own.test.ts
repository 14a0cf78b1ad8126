import { PGlite } from "@electric-sql/pglite";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { InvalidInputError } from "../../src/core/errors.ts";
import { chainPlans, combinePlans } from "../../src/core/plan.ts";
import { openStore } from "../../src/store.ts";
import { describeOnServers } from "../support/databases.ts";
import { adding, makeSums, opened, rejection, sessionOn, sql, sums, urlOf, value } from "./support.ts";

const twoAdditions = combinePlans([adding.plan([{ key: "a", amount: "1" }]), adding.plan([{ key: "b", amount: "1" }])]);

describeOnServers("the caller's own", (fresh) => {
  const ownClient = async (): Promise<pg.Client> => {
    const client = new pg.Client(await urlOf(fresh));
    await client.connect();
    onTestFinished(() => client.end());
    return client;
  };

  test("pool serves statements, transactions and notifications, and stays open", async () => {
    const pool = new pg.Pool({ connectionString: await urlOf(fresh), max: 3 });
    const database = await opened({ pool });
    const session = sessionOn(database);
    await makeSums(session);
    await Promise.all(
      Array.from({ length: 20 }, () => session.transaction((tx) => tx.write(adding, { key: "a", amount: "1" }))),
    );
    expect(await sums(session)).toEqual({ a: 20 });
    const heard: unknown[] = [];
    const stop = await database.listen("pool", { onNotification: (payload) => heard.push(payload) });
    await session.run(sql("select pg_notify('pool', 'x')"));
    await expect.poll(() => heard).toEqual(["x"]);
    await stop?.();
    await database.close();
    expect((await pool.query<{ one: number }>("select 1 as one")).rows).toEqual([{ one: 1 }]);
    // Types are asked for query by query, so the caller's own stay as they were.
    expect((await pool.query<{ big: string }>("select 1::bigint as big")).rows).toEqual([{ big: "1" }]);
    await pool.end();
  });

  test("pool that is exhausted is said to be, and not its server to be out of reach", async () => {
    const pool = new pg.Pool({ connectionString: await urlOf(fresh), max: 1 });
    onTestFinished(() => pool.end());
    const client = await pool.connect();
    // Of no concern to the connection that is there: only who waits for one is short of time.
    pool.options.connectionTimeoutMillis = 100;
    const error = await rejection(sessionOn(await opened({ pool })).ping());
    client.release();
    expect(error).toMatchObject({ code: "unavailable", retryable: true, facts: { field: "poolMax", poolMax: 1 } });
  });

  test("pool whose clients cannot tell whether a transaction is open is left without one by plans that fail", async () => {
    class Silent extends pg.Client {}
    Object.defineProperty(Silent.prototype, "getTransactionStatus", { value: undefined });
    const pool = new pg.Pool({ connectionString: await urlOf(fresh), max: 1, Client: Silent });
    onTestFinished(() => pool.end());
    const session = sessionOn(await opened({ pool }));
    await makeSums(session);
    const add = adding.plan([{ key: "a", amount: "1" }]);
    const none = (): never => {
      throw new Error("no");
    };
    for (const failing of [
      chainPlans(sql("select 1 / 0"), () => add),
      chainPlans(add, none),
      chainPlans(add, () => sql("select 1 / 0")),
    ]) {
      await rejection(session.run(failing));
      const { rows } = await pool.query<{ alone: boolean }>("select now() = statement_timestamp() as alone");
      expect(rows).toEqual([{ alone: true }]);
    }
    expect(await sums(session)).toEqual({});
    await session.run(chainPlans(add, () => add));
    expect(await sums(session)).toEqual({ a: 2 });
  });

  test("client serves everything one after the other, and stays open", async () => {
    const client = await ownClient();
    const database = await opened({ client });
    const session = sessionOn(database);
    await makeSums(session);
    await Promise.all([
      session.run(twoAdditions),
      session.transaction((tx) => tx.write(adding, { key: "a", amount: "1" })),
      session.write(adding, { key: "c", amount: "1" }),
    ]);
    expect(await sums(session)).toEqual({ a: 2, b: 1, c: 1 });
    expect(await database.listen("client", { onNotification: () => undefined })).toBeNull();
    await database.close();
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  test("client's open transaction is not ended by opening a store on it while the schema lacks migrations", async () => {
    const client = await ownClient();
    await client.query("begin");
    await client.query("create table mine (id int)");
    const refused = await rejection(openStore({ client, schema: "not_yet" }));
    expect(refused).toBeInstanceOf(InvalidInputError);
    expect(String(refused)).toContain("migrate outside the transaction");
    await client.query("rollback");
    expect((await client.query("select to_regclass('mine') as mine")).rows).toEqual([{ mine: null }]);
    await (await openStore({ client, schema: "not_yet" })).close();
    await client.query("begin");
    await (await openStore({ client, schema: "not_yet" })).close();
    await client.query("rollback");
  });

  test("client is joined only while a transaction is open on it, and keeps no listener", async () => {
    const client = await ownClient();
    const store = await openStore({ url: await urlOf(fresh), schema: "joined" });
    onTestFinished(() => store.close());
    const before = client.listenerCount("error");
    const refusals = await Promise.all([
      rejection(store.within(client).executions.create({ id: "alone" })),
      rejection(store.within(client).transaction((tx) => tx.executions.create({ id: "alone" }))),
    ]);
    for (const refused of refusals) expect(refused).toBeInstanceOf(InvalidInputError);
    await client.query("begin");
    for (let i = 0; i < 12; i++) await store.within(client).executions.create({ id: `joined-${i}` });
    expect(client.listenerCount("error")).toBe(before);
    await client.query("commit");
    expect(await store.executions.get("alone")).toBeNull();
    expect(await store.executions.get("joined-11")).not.toBeNull();
  });

  test("client inside its own transaction: listeners hear nothing of what may roll back, and all with committed()", async () => {
    const client = await ownClient();
    const store = await openStore({ client, schema: "heard" });
    onTestFinished(() => store.close());
    const heard: string[] = [];
    store.on("execution.ended", ({ id }) => heard.push(id));
    const endIn = (to: Pick<typeof store, "executions">, id: string) => to.executions.save({ id, status: "succeeded" });

    await client.query("begin");
    await endIn(store, "lone");
    await store.transaction((tx) => endIn(tx, "nested"));
    await client.query("rollback");
    expect(heard).toEqual([]);

    await client.query("begin");
    const tx = store.within(client);
    await endIn(tx, "joined");
    await client.query("commit");
    tx.committed();
    expect(heard).toEqual(["joined"]);

    await endIn(store, "outside");
    expect(heard).toEqual(["joined", "outside"]);
    expect((await store.metrics()).text).toContain('holdfast_executions_ended_total{status="succeeded"} 2');
  });

  test("client inside its own transaction: everything is a part of that, and its end is the caller's", async () => {
    const client = await ownClient();
    const session = sessionOn(await opened({ client }));
    const witness = sessionOn(await opened({ url: await urlOf(fresh) }));
    await makeSums(witness);
    await client.query("begin");
    await session.run(twoAdditions);
    await session.transaction((tx) => tx.write(adding, { key: "a", amount: "1" }));
    await rejection(
      session.transaction(async (tx) => {
        await tx.write(adding, { key: "undone", amount: "1" });
        throw new Error("no");
      }),
    );
    expect(await sums(session)).toEqual({ a: 2, b: 1 });
    expect(await sums(witness)).toEqual({});
    await client.query("rollback");
    expect(await sums(witness)).toEqual({});
    await client.query("begin");
    await session.run(twoAdditions);
    await client.query("commit");
    expect(await sums(witness)).toEqual({ a: 1, b: 1 });
  });
});

test("the caller's own PGlite serves statements and transactions, and stays open", async () => {
  const pglite = new PGlite();
  onTestFinished(() => pglite.close());
  const database = await opened({ pglite });
  const session = sessionOn(database);
  await makeSums(session);
  await session.run(twoAdditions);
  await session.transaction((tx) => tx.write(adding, { key: "a", amount: "1" }));
  expect(await sums(session)).toEqual({ a: 2, b: 1 });
  expect(await session.run(value("select 9007199254740991::bigint"))).toBe(Number.MAX_SAFE_INTEGER);
  await database.close();
  expect((await pglite.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});
