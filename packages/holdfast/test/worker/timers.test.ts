import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTimerPump, type Store } from "../../src/index.ts";
import type { TestClock } from "../../src/testing/index.ts";
import type { TimerPumpOptions } from "../../src/worker/index.ts";
import { describeOnEach } from "../support/databases.ts";
import { storeWithClock } from "../support/moved-time.ts";
import { until } from "../support/waiting.ts";

describeOnEach("a timer pump", (database) => {
  let store: Store;
  let clock: TestClock;
  beforeAll(async () => {
    ({ store, clock } = await storeWithClock(database));
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
    expect((await store.timers.require("last")).status).toBe("fired");
  });

  test("fires a wait that expires before what it sleeps for, and again when its handler threw", async () => {
    await store.timers.schedule({ executionId: "x", step: "far", afterMs: 3_600_000 });
    const { fired, done, add } = collect(2);
    const pump = await startTimerPump(store, {
      handler: async ({ wait }) => {
        add(`${wait?.id} ${wait?.key}`);
        if (fired.length === 1) throw new Error("fires again");
      },
      leaseMs: 60_000,
      pollMs: 3_600_000,
      onError: () => undefined,
    });
    await store.correlations.wait({ id: "w", key: "k", executionId: "x", step: "paid", ttlMs: 20 });
    await until(() => fired.length === 1);
    await clock.advance(60_000);
    // The pump sleeps by this process's clock, which was not moved; a new timer makes it look.
    await store.timers.schedule({ executionId: "x", step: "far", afterMs: 3_600_000 });
    await done;
    await pump.stop();
    expect(fired).toEqual(["w k", "w k"]);
    expect((await store.correlations.require("w")).status).toBe("expired");
    await store.timers.cancelAll({ executionId: "x", step: "far" });
  });

  test("wakes for a timer that is due before the one it sleeps for", async () => {
    await store.timers.schedule({ executionId: "x", step: "far", afterMs: 3_600_000 });
    const { done, add } = collect(1);
    const pump = await startTimerPump(store, { handler: async (timer) => add(timer.step), pollMs: 3_600_000 });
    await sleep(50);
    await store.timers.schedule({ executionId: "x", step: "near", afterMs: 20 });
    await done;
    await pump.stop();
    expect((await store.timers.list({ status: "scheduled" })).items.map((timer) => timer.step)).toEqual(["far"]);
  });

  test("fires a timer again whose handler threw, when its lease has run out", async () => {
    let calls = 0;
    const { done, add } = collect(1);
    const pump = await startTimerPump(store, {
      handler: async (timer) => {
        if (++calls === 1) throw new RangeError("not yet");
        add(timer.step);
      },
      leaseMs: 60_000,
      pollMs: 3_600_000,
    });
    await store.timers.schedule({ id: "twice", executionId: "x", step: "twice", afterMs: 0 });
    await until(() => calls === 1);
    await clock.advance(60_000);
    // The pump sleeps by this process's clock, which was not moved; a new timer makes it look.
    await store.timers.schedule({ executionId: "x", step: "much later", afterMs: 7_200_000 });
    await done;
    await pump.stop();
    expect(calls).toBe(2);
    expect((await store.timers.require("twice")).status).toBe("fired");
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

  test("a slow handler holds up nothing else, and its claim is kept while it runs", async () => {
    let finish = (): void => undefined;
    const slow = new Promise<void>((resolve) => (finish = resolve));
    const { fired, done, add } = collect(5);
    const leaseMs = 6000;
    const pump = await startTimerPump(store, {
      handler: async (timer) => {
        add(timer.step);
        if (timer.step === "slow") await slow;
      },
      limit: 2,
      leaseMs,
      pollMs: 60_000,
    });
    await store.timers.schedule({ id: "slow", executionId: "x", step: "slow", afterMs: 0 });
    await store.timers.scheduleMany([1, 2, 3, 4].map((i) => ({ executionId: "x", step: `quick${i}`, afterMs: 0 })));
    await done;
    const leaseUntil = async (): Promise<number> => Number((await store.timers.require("slow")).leaseUntil);
    const first = await leaseUntil();
    await until(async () => (await leaseUntil()) > first);
    finish();
    await pump.stop();
    expect(fired.toSorted()).toEqual(["quick1", "quick2", "quick3", "quick4", "slow"]);
    expect((await store.timers.require("slow")).status).toBe("fired");
  });

  test("gives back what still runs when the time of grace is over", async () => {
    const aborted: string[] = [];
    const { done, add } = collect(1);
    const pump = await startTimerPump(store, {
      handler: async (timer, { signal }) => {
        add(timer.step);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        aborted.push(timer.id);
      },
      pollMs: 60_000,
    });
    await store.timers.schedule({ id: "endless", executionId: "x", step: "endless", afterMs: 0 });
    await done;
    await pump.stop({ graceMs: 20 });
    expect(aborted).toEqual(["endless"]);
    expect((await store.timers.require("endless")).status).toBe("scheduled");
    await store.timers.cancel("endless");
  });

  test("looks seldom for a due timer that another transaction has locked", async () => {
    let claims = 0;
    const claim: Store["timers"]["claim"] = async () => {
      claims++;
      return [];
    };
    const next: Store["timers"]["next"] = async () => ({ at: new Date(), inMs: 0 });
    const locked: Store = { ...store, timers: { ...store.timers, claim, next } };
    const pump = await startTimerPump(locked, { handler: async () => undefined });
    await sleep(400);
    await pump.stop();
    expect(claims).toBeLessThan(6);
  });

  test("refuses what is no option, and what is missing", async () => {
    const start = (options: object): Promise<unknown> => startTimerPump(store, options as TimerPumpOptions);
    await expect(start({})).rejects.toMatchObject({ code: "invalid_input", facts: { field: "handler" } });
    await expect(start({ handler: async () => undefined, limits: 3 })).rejects.toMatchObject({
      facts: { field: "limits" },
    });
  });
});
