import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { freePort, type PostgresServer } from "../../../../tools/servers/postgres.ts";
import { describeOnServers } from "../support/databases.ts";
import { ownServer } from "../support/own-server.ts";
import { until } from "../support/waiting.ts";
import { opened, rejection, sessionOn, sql, urlOf, value } from "./support.ts";

describeOnServers("a pool", (fresh) => {
  test("that is exhausted says which setting is too small, and is whole again afterwards", async () => {
    const database = await opened({ url: await urlOf(fresh), poolMax: 2, connectTimeoutMs: 1000 });
    const session = sessionOn(database);
    const held = [await database.connect(), await database.connect()];
    const error = await rejection(session.ping());
    expect(error).toMatchObject({ code: "unavailable", retryable: true, facts: { field: "poolMax", poolMax: 2 } });
    expect(error).toMatchObject({ message: expect.stringContaining("poolMax (2)") });
    for (const connection of held) connection.release();
    await session.ping();
  });

  test("waits for a connection within the connect timeout", async () => {
    const database = await opened({ url: await urlOf(fresh), poolMax: 1, connectTimeoutMs: 2000 });
    const connection = await database.connect();
    const waiting = sessionOn(database).ping();
    await sleep(50);
    connection.release();
    await expect(waiting).resolves.toBeUndefined();
  });

  test("keeps the reason of a server that refuses, however many callers wait", async () => {
    const url = await urlOf(fresh, await freePort());
    const session = sessionOn(await opened({ url, poolMax: 2, connectTimeoutMs: 5000 }), { coalesce: false });
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => session.ping()));
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: { code: "unavailable", message: expect.stringContaining("ECONNREFUSED") },
      });
    }
  });

  test("closes a session that a caller left in a transaction", async () => {
    const database = await opened({ url: await urlOf(fresh), poolMax: 1 });
    const session = sessionOn(database);
    const before = await session.run(value("select pg_backend_pid()"));
    await session.run(sql("begin"));
    expect(await session.run(value("select pg_backend_pid()"))).not.toBe(before);
  });
});

/** A list of two hosts. The second is on that port. */
function urlOfBoth(first: PostgresServer, secondPort: number): string {
  const { host } = new URL(first.url);
  return first.url.replace(host, `${host},127.0.0.1:${secondPort}`);
}

describe("several hosts", () => {
  const where = (session: ReturnType<typeof sessionOn>): Promise<unknown> =>
    session.run(value("select inet_server_port()"));

  /** The sessions of a server that was killed may answer for a moment yet; the test's time limit ends the wait. */
  const movedTo = async (session: ReturnType<typeof sessionOn>, port: number): Promise<void> => {
    while ((await where(session).catch(() => null)) !== port) await sleep(20);
  };

  test("are tried in order, and the next is used when one has failed", async (context) => {
    const [first, second] = [await ownServer(context, { major: 15 }), await ownServer(context, { major: 18 })];
    const url = urlOfBoth(first, second.port);
    const session = sessionOn(await opened({ url, connectTimeoutMs: 10_000 }));
    expect(await where(session)).toBe(first.port);
    await first.kill();
    await movedTo(session, second.port);
    await first.restart();
    // The one that works is kept.
    expect(await where(session)).toBe(second.port);
    await second.kill();
    await movedTo(session, first.port);
    expect(await where(session)).toBe(first.port);
  });

  test("of which none fits are told with what was asked for", async (context) => {
    const server = await ownServer(context, { major: 18, settings: { default_transaction_read_only: "on" } });
    const url = `${urlOfBoth(server, await freePort())}?target_session_attrs=read-write`;
    const error = await rejection(sessionOn(await opened({ url })).ping());
    expect(error).toMatchObject({ code: "unavailable", retryable: true });
  });
});

describe("target_session_attrs", () => {
  test("chooses among hosts by what they are", async (context) => {
    const reader = await ownServer(context, { major: 18, settings: { default_transaction_read_only: "on" } });
    const writer = await ownServer(context, { major: 18 });
    const hosts = urlOfBoth(reader, writer.port);
    const portFor = async (attributes: string): Promise<unknown> => {
      const session = sessionOn(await opened({ url: `${hosts}?target_session_attrs=${attributes}` }));
      return session.run(value("select inet_server_port()"));
    };
    expect(await portFor("read-write")).toBe(writer.port);
    expect(await portFor("read-only")).toBe(reader.port);
    expect(await portFor("any")).toBe(reader.port);
    expect(await portFor("primary")).toBe(reader.port);
    expect(await portFor("prefer-standby")).toBe(reader.port);
    expect(await rejection(portFor("standby"))).toMatchObject({
      code: "unavailable",
      facts: { field: "targetSessionAttrs", expected: "standby" },
    });
  });

  test("is asked again when a server turns read-only under an open connection", async (context) => {
    const [first, second] = [await ownServer(context, { major: 18 }), await ownServer(context, { major: 18 })];
    const url = urlOfBoth(first, second.port);
    const session = sessionOn(await opened({ url, poolMax: 1 }));
    await session.run(sql("create table here ()"));
    // No transaction may be around it, and where the pool is so small, a guard makes one of every write.
    const other = sessionOn(await opened({ url }));
    await other.run(sql("alter system set default_transaction_read_only = on"));
    await session.run(sql("select pg_reload_conf()"));
    // The server tells its sessions one by one.
    const setting = value("select current_setting('default_transaction_read_only')");
    await until(async () => (await session.run(setting)) === "on");
    expect(await rejection(session.run(sql("create table there ()")))).toMatchObject({
      code: "unavailable",
      facts: { sqlstate: "25006" },
    });
    expect(await session.run(value("select inet_server_port()"))).toBe(second.port);
  });
});
