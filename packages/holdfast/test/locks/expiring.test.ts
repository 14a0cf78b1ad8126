import { afterAll, beforeAll, expect, test } from "vitest";
import { LeaseLostError, type Store } from "../../src/index.ts";
import type { TestClock } from "../../src/testing/index.ts";
import { describeOnServers } from "../support/databases.ts";
import { storeWithClock } from "../support/moved-time.ts";
import { holding, Observer } from "./support.ts";

// A step waits for locks while the leases that it relies on run out. It takes effect as a whole, or not at all.

describeOnServers("a lease that runs out while its step waits", (database) => {
  let store: Store;
  let clock: TestClock;
  let server: Observer;
  const leaseMs = 60_000;

  beforeAll(async () => {
    ({ store, clock } = await storeWithClock(database));
    server = await Observer.on(database);
  });
  afterAll(async () => {
    await store.close();
    await server.close();
  });

  /** Lets the leases run out while a step waits for held rows, and then commits those. */
  async function outlast(step: Promise<unknown>, held: { commit(): Promise<void> }): Promise<void> {
    step.catch(() => undefined);
    await server.seesWaiting(step);
    await clock.advance(leaseMs);
    await held.commit();
  }

  test("after the claims were found to hold: the step completes its job and answers its timer", async () => {
    await store.executions.create({ id: "e1" });
    await store.components.save({ executionId: "e1", component: "c", state: 0 });
    await store.jobs.push({ id: "j1", queue: "q1" });
    await store.timers.schedule({ id: "t1", executionId: "e1", step: "s", afterMs: 0 });
    const held = await holding(store, (tx) => tx.components.save({ executionId: "e1", component: "c", state: 1 }));
    const [claim] = await store.jobs.claim({ queues: ["q1"], limit: 1, leaseMs });
    const acknowledge = await store.timers.claim({ limit: 1, leaseMs });
    if (claim === undefined) throw new Error("nothing was claimed");
    const step = store.executions.transition("e1", {
      complete: [{ claim, result: "done" }],
      acknowledge,
      components: [{ component: "c", state: 2 }],
      history: [{ kind: "step" }],
    });
    await outlast(step, held);
    await step;
    expect(await store.history.count("e1")).toBe(1);
    expect(await store.jobs.require("j1")).toMatchObject({ status: "succeeded", result: "done" });
    expect((await store.timers.require("t1")).status).toBe("fired");
  });

  test("before: the step changes nothing", async () => {
    await store.executions.create({ id: "e2" });
    await store.jobs.push({ id: "j2", queue: "q2" });
    const held = await holding(store, (tx) => tx.executions.lock("e2"));
    const [claim] = await store.jobs.claim({ queues: ["q2"], limit: 1, leaseMs });
    if (claim === undefined) throw new Error("nothing was claimed");
    const step = store.executions.transition("e2", { state: 1, complete: [{ claim }], history: [{ kind: "step" }] });
    await outlast(step, held);
    await expect(step).rejects.toThrow(LeaseLostError);
    expect(await store.history.count("e2")).toBe(0);
    expect((await store.jobs.require("j2")).status).toBe("running");
  });
});
