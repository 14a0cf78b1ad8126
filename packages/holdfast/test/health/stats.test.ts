import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { type ConnectionOptions, openStore, type Store, type StoreOptions } from "../../src/index.ts";
import { holding, urlOf } from "../locks/support.ts";
import { describeOnEach, describeOnServers, type FreshDatabase } from "../support/databases.ts";

async function open(options: ConnectionOptions & StoreOptions): Promise<Store> {
  const store = await openStore(options);
  onTestFinished(() => store.close());
  return store;
}

describeOnEach("stats", (database: FreshDatabase) => {
  test("count the rows that are there", async () => {
    const store = await open({ ...(await database.options()), schema: "another" });
    const rows = async (): Promise<number> =>
      (await store.stats()).tables.find(({ name }) => name === "kv_entries")?.rows ?? Number.NaN;
    const value = Buffer.from("v");
    await store.kv.setMany(Array.from({ length: 300 }, (_, i) => ({ prefix: "p", key: `${i}`, value })));
    // PostgreSQL takes over what a session has counted within seconds after its transactions.
    await expect.poll(rows).toBe(300);
    await store.kv.removeUnder("p");
    await expect.poll(rows).toBe(0);
  });
});

describeOnServers("stats of connections", (database: FreshDatabase) => {
  test("count those that a transaction holds", async () => {
    const store = await open({ url: await urlOf(database), poolMax: 3, poolMin: 0 });
    await holding(store, (tx) => tx.queues.counts());
    expect((await store.stats()).connections).toEqual({ max: 3, open: 1, busy: 1, waiting: 0 });
  });

  test("count the calls that wait for one", async () => {
    const store = await open({ url: await urlOf(database), poolMax: 1, poolMin: 0 });
    const held = await holding(store, (tx) => tx.queues.counts());
    const waiting = store.ping();
    const stats = store.stats();
    await held.commit();
    await waiting;
    expect((await stats).connections).toEqual({ max: 1, open: 1, busy: 1, waiting: 1 });
  });

  test("count the callers of a client of the caller's own", async () => {
    const client = new pg.Client({ connectionString: await urlOf(database) });
    await client.connect();
    onTestFinished(() => client.end());
    const store = await open({ client });
    const held = await holding(store, (tx) => tx.queues.counts());
    const waiting = store.ping();
    const stats = store.stats();
    await held.commit();
    await waiting;
    expect((await stats).connections).toEqual({ max: 1, open: 1, busy: 1, waiting: 1 });
    expect((await store.stats()).connections).toEqual({ max: 1, open: 1, busy: 0, waiting: 0 });
  });
});
