import { afterEach, expect, test } from "vitest";
import { startScheduler, startTimerPump, startWorker, type Store, type StoreOptions } from "../../src/index.ts";
import { testStore, type TestStore } from "../../src/testing/index.ts";

const dayMs = 24 * 60 * 60 * 1000;

let opened: TestStore;
afterEach(() => opened.close());

/** A store with an execution that is past its period. */
async function storeWithEnded(retention: NonNullable<StoreOptions["retention"]>): Promise<Store> {
  opened = await testStore({ retention });
  await opened.store.executions.save({ id: "e", status: "succeeded" });
  await opened.clock.advance(31 * dayMs);
  return opened.store;
}

const starts: readonly (readonly [string, (store: Store) => Promise<{ stop(): Promise<void> }>])[] = [
  ["a worker", (store) => startWorker(store, { queues: { q: async () => undefined } })],
  ["a scheduler", (store) => startScheduler(store)],
  ["a timer pump", (store) => startTimerPump(store, { handler: async () => undefined })],
];

test.each(starts)("%s sees to retention without being asked", async (_, start) => {
  const store = await storeWithEnded({});
  const running = await start(store);
  await expect.poll(() => store.executions.get("e")).toBeNull();
  await running.stop();
  expect(await store.retainWhenDue()).toBeGreaterThan(200_000);
});

test.each(starts)("%s leaves it alone where the store was opened so", async (_, start) => {
  const store = await storeWithEnded(false);
  const running = await start(store);
  await running.stop();
  expect(await store.retainWhenDue()).toBeNull();
  expect(await store.executions.get("e")).not.toBeNull();
  expect((await store.retain()).counts.executions).toBe(1);
});

test("the store's own periods count, and what a call says counts over them", async () => {
  const store = await storeWithEnded({ executions: 40 * dayMs });
  await store.retainWhenDue();
  expect((await store.retain()).counts.executions).toBe(0);
  expect((await store.retain({ events: false }, { dryRun: true })).counts.executions).toBe(0);
  expect((await store.retain({ executions: 30 * dayMs })).counts.executions).toBe(1);
});

test("more than one turn removes is gone on with a second later, by whoever asks then", async () => {
  opened = await testStore({ retention: {} });
  const { store } = opened;
  await store.executions.create({ id: "e" });
  await store.tasks.saveMany(Array.from({ length: 10_050 }, () => ({ executionId: "e", name: "work" })));
  await store.executions.setStatus("e", "succeeded");
  await opened.clock.advance(31 * dayMs);
  expect(await store.retainWhenDue()).toBe(1000);
  expect(await store.tasks.count()).toBe(50);
  await opened.clock.advance(1000);
  expect(await store.retainWhenDue()).toBe(300_000);
  expect(await store.executions.get("e")).toBeNull();
});
