import { expect, onTestFinished, test } from "vitest";
import { openStore, type Store } from "../../src/index.ts";
import type { SentStatement } from "../../src/telemetry/index.ts";
import { holding, urlOf } from "../locks/support.ts";
import { describeOnEach, describeOnServers } from "../support/databases.ts";
import { withResolvers } from "../support/waiting.ts";
import { scrape } from "./scrape.ts";
import { Sdk } from "./sdk.ts";

const SECRET = "hunter2";

describeOnEach("statements", (database) => {
  test("are reported with their names, rows and error codes, and never with values", async () => {
    const sent: SentStatement[] = [];
    await using store = await openStore({
      ...(await database.prepared()),
      onStatement: (statement) => {
        sent.push(statement);
        throw new Error("The store goes on");
      },
    });
    await store.jobs.push({ queue: SECRET, payload: { password: SECRET } });
    await store.kv.set({ prefix: SECRET, key: SECRET, value: Buffer.from(SECRET) });
    await store.executions.create({ id: SECRET });
    await expect(store.executions.create({ id: SECRET })).rejects.toThrow("exists");
    await store.transaction((tx) => tx.kv.get(SECRET, SECRET));
    expect(JSON.stringify(sent)).not.toContain(SECRET);
    expect(sent.find(({ statement }) => statement === "jobs/pushJob")).toMatchObject({ rows: 1, errorCode: null });
    expect(sent.filter(({ errorCode }) => errorCode !== null)).toMatchObject([
      { statement: "executions/createExecutions", rows: null, errorCode: "HF007" },
    ]);
    const names = sent.map(({ statement }) => statement);
    expect(names).toEqual(expect.arrayContaining(["begin", "kv/getEntry", "commit"]));
    expect(sent.every(({ durationMs }) => durationMs > 0)).toBe(true);
  });

  test("that are quick are not reported where only slow ones are asked for, but failed ones are", async () => {
    const sent: SentStatement[] = [];
    const slow = { slowStatementMs: 2 ** 31 - 1, onStatement: (statement: SentStatement) => sent.push(statement) };
    await using store = await openStore({ ...(await database.options()), schema: "slow", ...slow });
    await store.executions.create({ id: "e" });
    await expect(store.executions.create({ id: "e" })).rejects.toThrow("exists");
    expect(sent.map(({ errorCode }) => errorCode)).toEqual(["HF007"]);
  });
});

test("options of statements are checked", async () => {
  const open = (options: object): Promise<Store> => openStore({ memory: true, ...options });
  await expect(open({ slowStatementMs: 5 })).rejects.toMatchObject({ facts: { field: "slowStatementMs" } });
  await expect(open({ slowStatementMs: -1, onStatement: () => null })).rejects.toMatchObject({
    facts: { field: "slowStatementMs" },
  });
  await expect(open({ onStatement: "log" })).rejects.toMatchObject({ facts: { field: "onStatement" } });
});

describeOnEach("a meter provider", (database) => {
  test("collects the metrics of the store, and those of calls and handlers, until the store is closed", async () => {
    const sdk = new Sdk({ withMetrics: true });
    const store = await openStore({ ...(await database.options()), schema: "metered" });
    await store.jobs.pushMany([{ queue: "a" }, { queue: "a" }, { queue: "b" }]);
    await store.kv.get("p", "k");
    const collected = await sdk.collect();
    const found = await scrape(store);
    const jobs = collected.get("holdfast_jobs")?.map(({ attributes, value }) => [attributes, value]);
    const namespace = expect.stringMatching(/^(t_.*\|)?metered$/);
    const own = { queue: "a", status: "ready", "db.namespace": namespace };
    expect(jobs).toContainEqual([own, found.value("holdfast_jobs", { queue: "a", status: "ready" })]);
    expect(collected.get("holdfast_jobs_pushed_total")?.[0]?.value).toBe(3);
    const sent = collected.get("messaging.client.sent.messages")?.map(({ value }) => value);
    expect(sent).toEqual([3]);
    expect(collected.get("db.client.operation.duration")).toContainEqual(
      expect.objectContaining({
        attributes: expect.objectContaining({ "db.system.name": "postgresql", "db.operation.name": "kv.get" }),
      }),
    );
    await store.close();
    expect((await sdk.collect()).get("holdfast_jobs")).toBeUndefined();
  });
});

describeOnServers("listening", (database) => {
  test("is counted, and its loss is noticed", async () => {
    const store = await openStore({ url: await urlOf(database) });
    onTestFinished(() => store.close());
    const other = await openStore({ url: await urlOf(database) });
    onTestFinished(() => other.close());
    expect((await store.stats()).listening).toEqual({ state: "off", losses: 0, received: 0 });
    let heard = withResolvers<string | null>();
    const stop = await store.onHint((topic) => heard.resolve(topic));
    await other.jobs.push({ queue: "q" });
    expect(await heard.promise).toBe("jobs:q");
    expect((await store.stats()).listening).toEqual({ state: "on", losses: 0, received: 1 });
    heard = withResolvers<string | null>();
    await holding(other, (tx) =>
      tx.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and datname = current_database()",
      ),
    );
    expect(await heard.promise).toBeNull();
    expect((await store.stats()).listening).toMatchObject({ state: "on", losses: 1 });
    expect((await scrape(store)).value("holdfast_listen_losses_total")).toBe(1);
    await stop();
  });
});

test("an embedded store hears nobody, and health says nothing of the driver", async () => {
  await using store = await openStore({ memory: true });
  expect((await store.stats()).listening.state).toBe("unavailable");
  expect((await store.health()).plainPath).toBeNull();
});
