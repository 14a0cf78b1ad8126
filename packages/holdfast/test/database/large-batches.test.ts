import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore, type Store } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";

/** More than two statements hold, and not a whole number of them. */
const count = 20_001;
const ids: readonly string[] = Array.from({ length: count }, (_, i) => `id-${(count - i).toString().padStart(5, "0")}`);

describeOnEach("batches of any size", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  test("executions are saved and saved again, in the order of the input", async () => {
    const saved = await store.executions.saveMany(ids.map((id, state) => ({ id, state })));
    expect(saved.map(({ id }) => id)).toEqual(ids);
    const again = await store.executions.saveMany(ids.map((id) => ({ id, expectedVersion: 1 })));
    expect(again.every(({ version }) => version === 2)).toBe(true);
    const { items } = await store.executions.list({ limit: 2 });
    expect(items.map(({ id, state }) => [id, state])).toEqual([
      [ids[0], 0],
      [ids[1], 1],
    ]);
  });

  test("a parent that came in an earlier statement is found, and ten thousand idempotency keys too", async () => {
    const parentId = ids[0] ?? null;
    const keyed = ids.slice(0, 10_001).map((id) => ({ id: `keyed ${id}`, idempotencyKey: id, parentId }));
    expect((await store.executions.createMany(keyed)).every(({ outcome }) => outcome === "created")).toBe(true);
    expect((await store.executions.createMany(keyed)).every(({ outcome }) => outcome === "replayed")).toBe(true);
  });

  test("tasks, component states and timers too", async () => {
    await store.executions.create({ id: "e" });
    const tasks = ids.map((id, i) => ({ id, executionId: "e", name: "work", parentId: i === 0 ? null : ids[0] }));
    expect((await store.tasks.saveMany(tasks)).map(({ id }) => id)).toEqual(ids);
    const some = ids.slice(0, 10_001);
    const children = some.map(() => ({ name: "child" }));
    expect(await store.tasks.createChildren(ids[0] ?? "", children)).toHaveLength(some.length);
    expect(await store.tasks.count({ executionId: "e" })).toBe(count + some.length);
    const cursors = some.map((component, state) => ({ executionId: "e", component, state }));
    const states = await store.components.saveMany(cursors);
    expect(states.map(({ state }) => state)).toEqual([...some.keys()]);
    const timers = await store.timers.scheduleMany(some.map((id) => ({ id, executionId: "e", step: "s", afterMs: 0 })));
    expect(timers.map(({ id }) => id)).toEqual(some);
  });

  test("jobs of as many groups, when the statement was planned for any number of them", async () => {
    const some = ids.slice(0, 10_000);
    for (const [queue, uniqueKeyOf] of [
      ["plain", () => undefined],
      ["unique", (id: string) => id],
    ] as const) {
      // After five executions of its own, a connection has a plan made for good.
      for (let i = 0; i < 6; i++) {
        await store.jobs.pushMany([{ queue, group: "g", uniqueKey: uniqueKeyOf(`first ${i}`) }]);
      }
      const inputs = some.map((id) => ({ queue, group: id, uniqueKey: uniqueKeyOf(id) }));
      expect(await store.jobs.pushMany(inputs)).toHaveLength(some.length);
    }
  });

  test("nothing is written where the last one is refused", async () => {
    const others = ids.slice(0, 10_000).map((id) => ({ id: `other ${id}`, expectedVersion: 0 }));
    const last = { id: ids[0] ?? "", expectedVersion: 99 };
    await expect(store.executions.saveMany([...others, last])).rejects.toMatchObject({ code: "conflict" });
    expect(await store.executions.get(others[0]?.id ?? "")).toBeNull();
  });
});
