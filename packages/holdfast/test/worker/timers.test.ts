import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore, startTimerPump, type Store } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";

describeOnEach("a timer pump", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.options());
    await store.executions.create({ id: "x" });
  });
  afterAll(() => store.close());

  /** Resolves when `count` timers have fired. */
  function collect(count: number): {
    readonly fired: string[];
    readonly done: Promise<void>;
    readonly add: (step: string) => void;
  } {
    const fired: string[] = [];
    let finish = (): void => undefined;
    const done = new Promise<void>((resolve) => (finish = resolve));
    const add = (step: string): void => {
      fired.push(step);
      if (fired.length === count) finish();
    };
    return { fired, done, add };
  }

  test("fires timers in their order, and marks them as fired", async () => {
    const at = (minutesAgo: number): Date => new Date(Date.now() - minutesAgo * 60_000);
    await store.timers.scheduleMany([
      { id: "third", executionId: "x", step: "third", fireAt: at(1) },
      { id: "first", executionId: "x", step: "first", fireAt: at(3) },
      { id: "second", executionId: "x", step: "second", fireAt: at(2) },
    ]);
    const { fired, done, add } = collect(4);
    const pump = await startTimerPump(store, { handler: async (timer) => add(timer.step), pollMs: 60_000 });
    await store.timers.schedule({ id: "last", executionId: "x", step: "last", afterMs: 50 });
    await done;
    await pump.stop();
    expect(fired).toEqual(["first", "second", "third", "last"]);
    expect((await store.timers.require("last")).state).toBe("fired");
  });

  test("wakes for a timer that is due before the one it sleeps for", async () => {
    await store.timers.schedule({ executionId: "x", step: "far", afterMs: 3_600_000 });
    const { done, add } = collect(1);
    const pump = await startTimerPump(store, { handler: async (timer) => add(timer.step), pollMs: 3_600_000 });
    await sleep(50);
    await store.timers.schedule({ executionId: "x", step: "near", afterMs: 20 });
    await done;
    await pump.stop();
    expect((await store.timers.list({ state: "scheduled" })).items.map((timer) => timer.step)).toEqual(["far"]);
  });

  test("fires a timer again whose handler threw, when its lease has run out", async () => {
    let calls = 0;
    const { done, add } = collect(1);
    const pump = await startTimerPump(store, {
      handler: async (timer) => {
        if (++calls === 1) throw new RangeError("not yet");
        add(timer.step);
      },
      leaseMs: 60,
      pollMs: 60_000,
    });
    await store.timers.schedule({ executionId: "x", step: "twice", afterMs: 0 });
    await done;
    await pump.stop();
    expect(calls).toBe(2);
  });

  test("two pumps fire each timer once", async () => {
    const { fired, done, add } = collect(200);
    const handler = async (timer: { readonly step: string }): Promise<void> => add(timer.step);
    const pumps = await Promise.all([1, 2].map(() => startTimerPump(store, { handler, limit: 7, pollMs: 50 })));
    await store.timers.scheduleMany(
      Array.from({ length: 200 }, (_, i) => ({ executionId: "x", step: `s${i}`, afterMs: i % 3 })),
    );
    await done;
    await Promise.all(pumps.map((pump) => pump.stop()));
    expect(new Set(fired).size).toBe(200);
    expect(fired).toHaveLength(200);
  });
});
