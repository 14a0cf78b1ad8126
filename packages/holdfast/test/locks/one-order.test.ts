import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore, type Store, type Transaction } from "../../src/index.ts";
import { describeOnServers } from "../support/databases.ts";
import { holding, Observer } from "./support.ts";

// A batch that waits for its first key holds no later one, whether its rows exist or are only being made.

interface Case {
  readonly name: string;
  /** Makes what is there before. */
  readonly prepare?: (store: Store) => Promise<unknown>;
  /** Makes the row that is first in the order of locks, in a transaction that stays open. */
  readonly first: (tx: Transaction) => Promise<unknown>;
  /** Writes that row, and before it in its input a later one. */
  readonly batch: (store: Store) => Promise<unknown>;
  /** Writes the later one. */
  readonly later: (store: Store) => Promise<unknown>;
}

const value = new Uint8Array(1);
const task = { executionId: "e", name: "t" };

const cases: readonly Case[] = [
  {
    name: "saves of executions that are alike",
    first: (tx) => tx.executions.save({ id: "plain-a" }),
    batch: (store) => store.executions.saveMany([{ id: "plain-b" }, { id: "plain-a" }]),
    later: (store) => store.executions.save({ id: "plain-b" }),
  },
  {
    name: "saves of executions, one of them existing",
    prepare: (store) => store.executions.save({ id: "save-b" }),
    first: (tx) => tx.executions.save({ id: "save-a" }),
    batch: (store) => store.executions.saveMany([{ id: "save-b", expectedVersion: 2 }, { id: "save-a" }]),
    later: (store) => store.executions.save({ id: "save-b" }),
  },
  {
    name: "creations of executions",
    first: (tx) => tx.executions.create({ id: "create-a" }),
    batch: (store) => store.executions.createMany([{ id: "create-b" }, { id: "create-a" }]).catch(() => null),
    later: (store) => store.executions.create({ id: "create-b" }),
  },
  {
    name: "saves of tasks that are alike, one of them existing",
    prepare: (store) => store.tasks.save({ ...task, id: "plain-a" }),
    first: (tx) => tx.tasks.save({ ...task, id: "plain-b" }),
    batch: (store) =>
      store.tasks.saveMany([
        { ...task, id: "plain-a" },
        { ...task, id: "plain-b" },
      ]),
    later: (store) => store.tasks.save({ ...task, id: "plain-a" }),
  },
  {
    name: "saves of tasks, one of them existing",
    prepare: (store) => store.tasks.save({ ...task, id: "save-a" }),
    first: (tx) => tx.tasks.save({ ...task, id: "save-b" }),
    batch: (store) =>
      store.tasks.saveMany([
        { ...task, id: "save-a", expectedVersion: 2 },
        { ...task, id: "save-b" },
      ]),
    later: (store) => store.tasks.save({ ...task, id: "save-a" }),
  },
  {
    name: "steps that save a task and change the status of another",
    prepare: (store) => store.tasks.save({ ...task, id: "step-a" }),
    first: (tx) => tx.tasks.save({ ...task, id: "step-b" }),
    batch: (store) =>
      store.executions.transition("e", {
        tasks: [{ id: "step-b", name: "t" }],
        taskStatuses: [{ id: "step-a", status: "running" }],
      }),
    later: (store) => store.tasks.save({ ...task, id: "step-a" }),
  },
  {
    name: "pushes of jobs by their ids",
    first: (tx) => tx.jobs.push({ queue: "q", id: "plain-a" }),
    batch: (store) =>
      store.jobs.pushMany([
        { queue: "q", id: "plain-b" },
        { queue: "q", id: "plain-a" },
      ]),
    later: (store) => store.jobs.push({ queue: "q", id: "plain-b" }),
  },
  {
    name: "kv entries, one of which expects a version",
    prepare: (store) => store.kv.set({ prefix: "p", key: "b", value }),
    first: (tx) => tx.kv.set({ prefix: "p", key: "a", value }),
    batch: async (store) => {
      const version = (await store.kv.require("p", "b")).version;
      const entries = [
        { prefix: "p", key: "b", value, expectedVersion: version },
        { prefix: "p", key: "a", value },
      ];
      await store.kv.setMany(entries).catch(() => null);
    },
    later: (store) => store.kv.set({ prefix: "p", key: "b", value }),
  },
];

describeOnServers("one order of locks", (database) => {
  let store: Store;
  let other: Store;
  let server: Observer;

  beforeAll(async () => {
    const options = await database.prepared();
    [store, other] = await Promise.all([openStore(options), openStore(options)]);
    server = await Observer.on(database);
    await store.executions.create({ id: "e" });
  });
  afterAll(async () => {
    await Promise.all([store.close(), other.close(), server.close()]);
  });

  test.each(cases)("is that of $name", async ({ prepare, first, batch, later }) => {
    await prepare?.(store);
    const held = await holding(store, first);
    const waiting = batch(store);
    await server.seesWaiting(waiting);
    await later(other);
    expect(await server.waits()).toHaveLength(1);
    await held.commit();
    await waiting;
  });

  test("counts the executions that a step schedules timers for by dedupe key among those that it changes", async () => {
    await store.executions.create({ id: "timed" });
    const held = await holding(store, (tx) => tx.components.save({ executionId: "timed", component: "c", state: 0 }));
    const step = { components: [{ component: "c", state: 1 }], timers: [{ step: "s", afterMs: 0, dedupeKey: "d" }] };
    const steps = [store.executions.transition("timed", step), other.executions.transition("timed", step)];
    await expect.poll(async () => (await server.waits()).length).toBe(2);
    await held.commit();
    await Promise.all(steps);
    expect(await store.components.require("timed", "c")).toMatchObject({ version: 3 });
  });
});
