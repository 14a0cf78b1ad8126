import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { Database } from "../../src/postgres/database.ts";
import { listenOnOwnClient } from "../../src/postgres/listen.ts";
import { Hints } from "../../src/session/hints.ts";
import { openStore } from "../../src/store.ts";
import { describeOnServers } from "../support/databases.ts";
import { open, opened, sessionOn, sql, urlOf, value } from "./support.ts";

/** Listens until the test has finished; gives what was heard so far. */
async function heardOn(database: Database, channel: string): Promise<readonly (string | null)[]> {
  const heard: (string | null)[] = [];
  const stop = await database.listen(channel, { onNotification: (payload) => heard.push(payload) });
  if (stop !== null) onTestFinished(() => stop());
  return heard;
}

describeOnServers("listening", (fresh) => {
  let database: Database;
  beforeAll(async () => {
    database = await open(await fresh.options());
  });
  afterAll(() => database.close());

  test("notifications arrive in order, with any text, on their channel only", async () => {
    const heard = await heardOn(database, 'odd "channel".ü');
    const other = await heardOn(database, "other");
    const session = sessionOn(database);
    for (const payload of ["1", "", "ü 漢 \"'\\"]) {
      await session.run(sql("select pg_notify($1, $2)", 'odd "channel".ü', payload));
    }
    await expect.poll(() => heard).toEqual(["1", "", "ü 漢 \"'\\"]);
    expect(other).toEqual([]);
  });

  test("after stop nothing is heard", async () => {
    const heard: unknown[] = [];
    const stop = await database.listen("stopped", { onNotification: (payload) => heard.push(payload) });
    await stop?.();
    await sessionOn(database).run(sql("select pg_notify('stopped', '')"));
    await sleep(50);
    expect(heard).toEqual([]);
  });

  test("what a rolled-back transaction notified is never heard", async () => {
    const heard = await heardOn(database, "rolled");
    const session = sessionOn(database);
    await session
      .transaction(async (tx) => {
        await tx.run(sql("select pg_notify('rolled', 'back')"));
        throw new Error("no");
      })
      .catch(() => undefined);
    await session.run(sql("select pg_notify('rolled', 'forward')"));
    await expect.poll(() => heard).toEqual(["forward"]);
  });
});

describeOnServers("a store without hints", (fresh) => {
  test("notifies its own listeners, and no other process", async () => {
    const options = await fresh.prepared();
    const [silent, loud, there] = [
      await openStore({ ...options, hints: false }),
      await openStore(options),
      await openStore(options),
    ];
    const client = new pg.Client({ connectionString: await urlOf(fresh) });
    await client.connect();
    onTestFinished(async () => {
      await Promise.all([silent, loud, there].map((store) => store.close()));
      await client.end();
    });
    const [heardHere, heardThere] = [new Set<string | null>(), new Set<string | null>()];
    await silent.onHint((topic) => heardHere.add(topic));
    await there.onHint((topic) => heardThere.add(topic));

    await silent.executions.create({ queue: "alone" });
    await client.query("begin");
    const joined = silent.within(client);
    await joined.executions.create({ queue: "joined" });
    await client.query("commit");
    joined.committed();
    expect([...heardHere]).toEqual(["executions:alone", "executions:joined"]);

    // Notifications arrive in the order of their commits, so none of the silent store is still to come.
    await silent.close();
    await loud.executions.create({ queue: "loud" });
    await expect.poll(() => [...heardThere]).toEqual(["executions:loud"]);
  });
});

describeOnServers("listening on a server", (fresh) => {
  test("after the connection was lost, listening begins anew, and null tells that some may be missed", async () => {
    const database = await opened(await fresh.options());
    const session = sessionOn(database);
    const heard = await heardOn(database, "lost");
    const terminated = await session.run(
      value(`select count(pg_terminate_backend(pid)) from pg_stat_activity
        where pid <> pg_backend_pid() and datname = current_database() and query like 'listen %'`),
    );
    expect(terminated).toBe(1);
    await expect.poll(() => heard).toEqual([null]);
    await session.run(sql("select pg_notify('lost', 'again')"));
    await expect.poll(() => heard).toEqual([null, "again"]);
  });

  test("hints of one process reach the others, merged", async () => {
    const options = await fresh.options();
    const [here, there] = [await opened(options), await opened(options)];
    const [sender, receiver] = [new Hints(here, "hints"), new Hints(there, "hints")];
    onTestFinished(async () => {
      await sender.close();
      await receiver.close();
    });
    const heard: (string | null)[] = [];
    const local: (string | null)[] = [];
    await receiver.listen((topic) => heard.push(topic));
    const stop = await sender.listen((topic) => local.push(topic));
    for (let i = 0; i < 1000; i++) sender.send(`jobs:${i % 2}`);
    await expect.poll(() => new Set(heard)).toEqual(new Set(["jobs:0", "jobs:1"]));
    expect(heard.length).toBeLessThan(20);
    // This process hears its own at once, and not once more with the others.
    expect(local.length).toBeGreaterThanOrEqual(1000);
    receiver.send("timers");
    await expect.poll(() => local).toContain("timers");
    expect(local).toHaveLength(1001);
    await stop();
    const before = local.length;
    sender.send("jobs:2");
    await expect.poll(() => heard).toContain("jobs:2");
    expect(local).toHaveLength(before);
  });

  test("a hint that does not wait for the disk leaves no setting behind, and takes no durability from a transaction of the caller's", async () => {
    const url = await urlOf(fresh);
    const receiver = new Hints(await opened({ url }), "settings");
    onTestFinished(() => receiver.close());
    const heard: (string | null)[] = [];
    await receiver.listen((topic) => heard.push(topic));
    const pool = new pg.Pool({ connectionString: url, max: 2 });
    onTestFinished(() => pool.end());
    const sender = new Hints(await opened({ pool }), "settings");
    sender.send("jobs:pool");
    await sender.close();
    await expect.poll(() => heard).toEqual(["jobs:pool"]);
    // The pool has opened one, which it gives out again.
    expect(pool.totalCount).toBe(1);
    expect((await pool.query("show synchronous_commit")).rows).toEqual([{ synchronous_commit: "on" }]);
    const client = await pool.connect();
    await client.query("begin");
    const inside = new Hints(await opened({ client }), "settings");
    inside.send("jobs:client");
    await inside.close();
    expect((await client.query("show synchronous_commit")).rows).toEqual([{ synchronous_commit: "on" }]);
    await client.query("commit");
    client.release();
    await expect.poll(() => heard).toEqual(["jobs:pool", "jobs:client"]);
  });

  test("hints of a schema with the longest name, over a pool of one connection, reach the others", async () => {
    const options = { ...(await fresh.options()), poolMax: 1 };
    const [here, there] = [await opened(options), await opened(options)];
    const schema = "s".repeat(63);
    const [sender, receiver] = [new Hints(here, schema), new Hints(there, schema)];
    onTestFinished(async () => {
      await sender.close();
      await receiver.close();
    });
    const heard: (string | null)[] = [];
    await receiver.listen(() => {
      throw new Error("of another listener");
    });
    await receiver.listen((topic) => heard.push(topic));
    sender.send("timers");
    await expect.poll(() => heard).toEqual(["timers"]);
  });

  test("hints go out over a client of the caller's, in its transaction once that is committed", async () => {
    const client = new pg.Client(await urlOf(fresh));
    await client.connect();
    onTestFinished(() => client.end());
    const [here, there] = [await opened({ client }), await opened(await fresh.options())];
    const [sender, receiver] = [new Hints(here, "client"), new Hints(there, "client")];
    onTestFinished(() => receiver.close());
    const heard: (string | null)[] = [];
    await receiver.listen((topic) => heard.push(topic));
    await client.query("begin");
    sender.send("jobs:early");
    // Waits until it is sent.
    await sender.close();
    sender.send("jobs:late");
    await sender.close();
    expect(heard).toEqual([]);
    await client.query("commit");
    await expect.poll(() => heard).toEqual(["jobs:early", "jobs:late"]);
  });

  test("a listener that cannot start leaves no connection behind", async () => {
    const url = await urlOf(fresh);
    const clients: pg.Client[] = [];
    const ended: pg.Client[] = [];
    const connect = async (): Promise<pg.Client> => {
      if (clients.length === 1) throw new Error("too many connections");
      const client = new pg.Client(url);
      clients.push(client);
      client.once("end", () => ended.push(client));
      await client.connect();
      return client;
    };
    const listening = listenOnOwnClient({ connect, channel: "half", onNotification: () => undefined });
    await expect(listening).rejects.toThrow("too many connections");
    expect(ended).toEqual(clients);
    expect(clients).toHaveLength(1);
  });

  test("hints of different schemas do not mix", async () => {
    const options = await fresh.options();
    const [here, there] = [await opened(options), await opened(options)];
    const [one, two] = [new Hints(here, "one"), new Hints(there, "two")];
    const heard: (string | null)[] = [];
    await two.listen((topic) => heard.push(topic));
    one.send("timers");
    await sleep(100);
    expect(heard).toEqual([]);
    await one.close();
    await two.close();
  });
});
