import type { LiveEvents } from "@holdfast/console/protocol";
import { openStore, type Store } from "holdfast";
import { testStore } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeOnEach, describeOnServers } from "../../../holdfast/test/support/databases.ts";
import { until } from "../../../holdfast/test/support/waiting.ts";
import { LiveClient } from "../../src/live/client.ts";
import { Hub } from "../../src/live/hub.ts";
import { ask, errorOf } from "../support/calls.ts";
import { openConsole } from "../support/filled-console.ts";
import { listen } from "../support/listening.ts";

describeOnEach("a live page", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  test("gets samples with what ended since the one before", async () => {
    const console = openConsole(store, { sampleMs: 100 });
    const live = await listen(console, "topic=overview");
    await live.first("sample");
    await store.jobs.push({ queue: "samples" });
    const [job] = await store.jobs.claim({ queues: ["samples"], limit: 1, leaseMs: 60_000 });
    if (job) await store.jobs.complete(job);
    const sample = await live.first("sample", (each) => (each.jobPace?.succeeded ?? 0) > 0);
    expect(sample.jobPace).toMatchObject({ succeeded: 1, dead: 0 });
    expect(sample.jobPace?.runMs?.p50).toBeGreaterThanOrEqual(0);
    await console.close();
  });

  test("follows an execution: its head, its progress and the tasks that were written", async () => {
    await store.executions.create({ id: "followed", status: "running" });
    const console = openConsole(store, { sampleMs: 100 });
    const live = await listen(console, "topic=execution:followed");
    await live.first("hello");
    await store.tasks.save({ id: "followed/a", executionId: "followed", name: "a", status: "running" });
    const written = await live.first("tasks", ({ items }) => items.some(({ status }) => status === "running"));
    expect(written).toMatchObject({ executionId: "followed", isComplete: true });
    await store.tasks.setStatus("followed/a", "succeeded");
    await live.first("tasks", ({ items }) => items.some(({ status }) => status === "succeeded"));
    await store.executions.setStatus("followed", "succeeded");
    const change = await live.first("execution", ({ status }) => status === "succeeded");
    expect(change).toMatchObject({ id: "followed", total: 1, counts: { succeeded: 1 } });
    await console.close();
  });

  test("learns that lists and records have changed", async () => {
    await store.jobs.push({ id: "watched", queue: "lists" });
    const console = openConsole(store, { sampleMs: 100 });
    const topics = ["jobs", "queues", "executions", "schedules", "timers", "job:watched"];
    const live = await listen(console, topics.map((topic) => `topic=${topic}`).join("&"));
    await live.first("hello");
    const changed = (topic: LiveEvents["changed"]["topics"][number]): Promise<unknown> =>
      live.first("changed", (event) => event.topics.includes(topic));
    await store.jobs.push({ queue: "lists" });
    await changed("jobs");
    await store.queues.pause("lists");
    await changed("queues");
    await store.executions.create();
    await changed("executions");
    await store.schedules.save({ id: "s", queue: "lists", everyMs: 60_000 });
    await changed("schedules");
    await store.jobs.cancel("watched");
    await changed("job:watched");
    expect(live.isOver).toBe(false);
    await console.close();
  });
});

describeOnServers("a live page beside other processes", (database) => {
  test("learns of their writes", async () => {
    const store = await openStore(await database.prepared());
    const other = await openStore(await database.prepared());
    const console = openConsole(store, { sampleMs: 100 });
    const live = await listen(console, "topic=jobs&topic=execution:e");
    await live.first("hello");
    await other.executions.create({ id: "e" });
    await other.jobs.push({ queue: "q" });
    await live.first("changed", ({ topics }) => topics.includes("jobs"));
    await other.tasks.save({ id: "t", executionId: "e", name: "t" });
    const { items: written } = await live.first("tasks", ({ items }) => items.some(({ id }) => id === "t"));
    expect(written.map(({ name }) => name)).toEqual(["t"]);
    await console.close();
    await Promise.all([store.close(), other.close()]);
  });
});

describe("live connections", () => {
  test("resume after the last event that they have seen", async () => {
    await using testing = await testStore();
    const { store } = testing;
    const console = openConsole(store, { sampleMs: 100 });
    const stays = await listen(console, "topic=timers");
    const first = await listen(console, "topic=jobs");
    await first.first("hello");
    const { lastId } = first;
    await first.stop();
    await store.jobs.push({ queue: "q" });
    await stays.first("hello");
    const again = await listen(console, "topic=jobs", lastId);
    expect((await again.first("hello")).isResumed).toBe(true);
    await again.first("changed", ({ topics }) => topics.includes("jobs"));
    const unknown = await listen(console, "topic=jobs", "another.5");
    expect((await unknown.first("hello")).isResumed).toBe(false);
    await console.close();
  });

  test("have a limit, leave no trace, and end with the console", async () => {
    await using testing = await testStore();
    const console = openConsole(testing.store, { liveMax: 2, sampleMs: 100 });
    const [one, two] = [await listen(console, "topic=jobs"), await listen(console, "topic=jobs")];
    const third = await ask(console.fetch, "/api/live?topic=jobs");
    expect([third.status, errorOf(third).code]).toEqual([503, "busy"]);
    expect((await ask(console.fetch, "/api/live?topic=jobs", { method: "HEAD" })).status).toBe(200);
    await one.stop();
    const next = await listen(console, "topic=jobs");
    await next.first("hello");
    await console.close();
    await until(() => two.isOver && next.isOver);
    const late = await listen(console, "topic=jobs");
    await until(() => late.isOver);
  });
});

test("measuring and listening end after the last client has left, and begin again with the next", async () => {
  const testing = await testStore();
  const { store } = testing;
  const hub = new Hub(store, 20, 50);
  const isRunning = (): boolean => !hub.eventId().startsWith("none.");
  expect(isRunning()).toBe(false);
  const client = new LiveClient(new Set(["overview"]));
  hub.join(client, null);
  // Samples come only from a run, so this one is no older than the client.
  await until(() => hub.recentSamples().length > 2);
  expect(isRunning()).toBe(true);
  hub.leave(client);
  await until(() => !isRunning());
  const { length } = hub.recentSamples();
  expect(isRunning()).toBe(true);
  await until(() => hub.recentSamples().length > length);
  await hub.close();
  expect(isRunning()).toBe(false);
  await testing.close();
});
