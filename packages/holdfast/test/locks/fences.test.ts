import { afterAll, beforeAll, expect, test } from "vitest";
import { LeaseLostError, type Store } from "../../src/index.ts";
import type { TestClock } from "../../src/testing/index.ts";
import { describeOnServers } from "../support/databases.ts";
import { storeWithClock } from "../support/moved-time.ts";
import { holding, Observer } from "./support.ts";

const leaseMs = 60_000;

describeOnServers("the fence of a step", (database) => {
  let store: Store;
  let clock: TestClock;
  let server: Observer;
  let executions = 0;

  beforeAll(async () => {
    ({ store, clock } = await storeWithClock(database));
    server = await Observer.on(database);
  });
  afterAll(async () => {
    await store.close();
    await server.close();
  });

  /** A new execution in a queue of its own, and claimed. */
  async function claimed(): Promise<{ readonly id: string; readonly queue: string; readonly token: number }> {
    const id = `e${++executions}`;
    await store.executions.create({ id, queue: id });
    const [execution] = await store.executions.claim({ queues: [id], limit: 1, leaseMs, holder: "me" });
    return { id, queue: id, token: execution?.token ?? 0 };
  }

  const step = (token: number, name: string): Parameters<Store["executions"]["transition"]>[1] => ({
    require: { token },
    tasks: [{ name }],
    history: [{ kind: name }],
  });

  test("keeps an execution from being claimed while the step is not committed, though the lease runs out", async () => {
    const { id, queue, token } = await claimed();
    const held = await holding(store, (tx) => tx.executions.transition(id, step(token, "one")));
    await clock.advance(leaseMs + 1);
    expect(await store.executions.claim({ queues: [queue], limit: 1 })).toEqual([]);
    await held.commit();
    const [next] = await store.executions.claim({ queues: [queue], limit: 1, leaseMs });
    expect(next?.id).toBe(id);
    expect(await store.tasks.count({ executionId: id })).toBe(1);
    await expect(store.executions.transition(id, step(token, "late"))).rejects.toThrow(LeaseLostError);
  });

  test("makes an acquisition by hand wait for the step, though the lease has run out", async () => {
    const { id, token } = await claimed();
    const held = await holding(store, (tx) => tx.executions.transition(id, step(token, "one")));
    await clock.advance(leaseMs + 1);
    const acquiring = store.executions.acquireLease(id, { holder: "you", leaseMs });
    await server.seesWaiting(acquiring);
    await held.commit();
    expect((await acquiring)?.token).toBeGreaterThan(token);
    await expect(store.executions.transition(id, step(token, "late"))).rejects.toThrow(LeaseLostError);
  });

  test("lets another step under the token, and a heartbeat, pass while a step is not committed", async () => {
    const { id, token } = await claimed();
    const held = await holding(store, (tx) =>
      tx.executions.transition(id, { require: { token }, tasks: [{ name: "one" }] }),
    );
    const [second, renewed] = await Promise.all([
      store.executions.transition(id, { require: { token, holder: "me" }, tasks: [{ name: "two" }] }),
      store.executions.heartbeat([{ id, token }], { leaseMs }),
    ]);
    expect(second.tasks).toHaveLength(1);
    expect(renewed).toEqual([expect.any(Date)]);
    const third = await store.executions.transition(id, { require: { token, version: 1 }, tasks: [{ name: "three" }] });
    expect(third.execution).toBeNull();
    await held.commit();
    expect(await store.tasks.count({ executionId: id })).toBe(3);
  });

  test("makes a cancellation wait for the step, and refuses the holder's later steps", async () => {
    const { id, token } = await claimed();
    const held = await holding(store, (tx) => tx.executions.transition(id, step(token, "one")));
    const canceling = store.executions.cancel(id);
    await server.seesWaiting(canceling);
    await held.commit();
    expect(await canceling).toBe(true);
    await expect(store.executions.transition(id, step(token, "late"))).rejects.toThrow(LeaseLostError);
    expect(await store.tasks.count({ executionId: id })).toBe(1);
  });

  test("wakes a parked execution once if its event and its moment come together, whichever is first", async () => {
    for (const first of ["event", "moment"] as const) {
      const { id, queue, token } = await claimed();
      await store.executions.transition(id, { require: { token }, park: { afterMs: 1000, waits: [{ key: id }] } });
      await clock.advance(1000);
      const claim = { queues: [queue], limit: 5, leaseMs };
      let event: Promise<{ readonly outcome: string }>;
      let claims: number;
      if (first === "event") {
        const held = await holding(store, (tx) => tx.correlations.deliver({ key: id }));
        claims = (await store.executions.claim(claim)).length;
        await held.commit();
        event = Promise.resolve({ outcome: "delivered" });
      } else {
        const held = await holding(store, async (tx) => {
          claims = (await tx.executions.claim(claim)).length;
        });
        claims = 1;
        event = store.correlations.deliver({ key: id });
        await server.seesWaiting(event);
        await held.commit();
      }
      claims += (await store.executions.claim(claim)).length;
      expect([first, claims]).toEqual([first, 1]);
      expect((await event).outcome).toBe(first === "event" ? "delivered" : "kept");
    }
  });
});
