import assert from "node:assert/strict";
import { type ClaimedExecution, InvalidInputError, type Store } from "holdfast";
import type { ContractCase } from "../case.ts";

async function claimed({ executions }: Store): Promise<ClaimedExecution> {
  const [claim] = await executions.claim({ queues: ["q"], limit: 1, leaseMs: 60_000 });
  assert.ok(claim);
  return claim;
}

type Park = Parameters<Store["executions"]["transition"]>[1]["park"];

async function parked(store: Store, park: Park): Promise<"waiting" | "ready" | null> {
  const { id, token } = await claimed(store);
  return (await store.executions.transition(id, { require: { token }, park })).parked;
}

/** The promises of calls that wake executions. */
export const executionWakesContract: readonly ContractCase[] = [
  {
    name: "a parked execution is claimable at once, and told by what it was woken, again after a crash",
    run: async ({ store, clock }) => {
      await store.executions.create({ id: "e", queue: "q" });
      assert.equal(await parked(store, { afterMs: 3_600_000, waits: [{ key: "k" }] }), "waiting");
      assert.equal(await store.executions.wake("e", { payload: { n: 1 } }), true);
      const wake = { by: "call", step: null, key: null, payload: { n: 1 }, traceContext: null };
      assert.deepEqual((await claimed(store)).wake, wake);
      assert.deepEqual((await store.correlations.list({ executionId: "e" })).items, []);
      await clock.advance(60_001);
      const { attempts, ...again } = await claimed(store);
      assert.deepEqual([again.wake, attempts], [wake, 2]);
    },
  },
  {
    name: "a park that only a call ends waits for one, however long",
    run: async ({ store, clock }) => {
      await store.executions.create({ id: "e", queue: "q" });
      assert.equal(await parked(store, { call: true }), "waiting");
      await clock.advance(365 * 24 * 3_600_000);
      assert.deepEqual(await store.executions.claim({ queues: ["q"], limit: 1 }), []);
      await store.executions.wake("e");
      const { id, token, wake } = await claimed(store);
      assert.equal(wake?.by, "call");
      const endless = store.executions.transition(id, { require: { token }, park: { call: false } });
      await assert.rejects(endless, InvalidInputError);
    },
  },
  {
    name: "a call that comes while it is held, or before its first claim, ends the next park, once",
    run: async ({ store }) => {
      await store.executions.create({ id: "e", queue: "q" });
      await store.executions.wake("e", { payload: "early" });
      assert.equal(await parked(store, { afterMs: 3_600_000 }), "ready");
      const { id, token, wake } = await claimed(store);
      assert.deepEqual(wake, { by: "call", step: null, key: null, payload: "early", traceContext: null });
      await store.executions.wake(id, { payload: 1 });
      await store.executions.wake(id, { payload: 2 });
      const { parked: outcome } = await store.executions.transition(id, {
        require: { token },
        park: { children: true },
      });
      assert.equal(outcome, "ready");
      const last = await claimed(store);
      assert.equal(last.wake?.payload, 2);
      await store.executions.transition(id, { require: { token: last.token }, park: { afterMs: 3_600_000 } });
      assert.deepEqual(await store.executions.claim({ queues: ["q"], limit: 1 }), []);
    },
  },
  {
    name: "one that waits for another attempt keeps its delay and what woke it, and is woken at its next park",
    run: async ({ store, clock }) => {
      await store.executions.create({ id: "e", queue: "q" });
      await parked(store, { waits: [{ key: "k" }] });
      await store.correlations.deliver({ key: "k", payload: "event" });
      const first = await claimed(store);
      assert.equal((await store.executions.fail(first, { retryAfterMs: 10_000 })).outcome, "again");
      assert.equal(await store.executions.wake("e", { payload: "call" }), true);
      assert.deepEqual(await store.executions.claim({ queues: ["q"], limit: 1 }), []);
      await clock.advance(10_001);
      const second = await claimed(store);
      assert.equal(second.wake?.payload, "event");
      const { parked: outcome } = await store.executions.transition("e", {
        require: { token: second.token },
        park: { afterMs: 3_600_000 },
      });
      assert.equal(outcome, "ready");
      assert.equal((await claimed(store)).wake?.payload, "call");
    },
  },
  {
    name: "what has ended, is in no queue or does not exist cannot be woken",
    run: async ({ store }) => {
      await store.executions.create({ id: "ended", queue: "q" });
      await store.executions.cancel("ended");
      await store.executions.create({ id: "apart" });
      for (const id of ["ended", "apart", "none"]) assert.equal(await store.executions.wake(id), false);
      await assert.rejects(store.executions.wake("e", { payload: 1n }), { code: "invalid_input" });
    },
  },
  {
    name: "in a transaction it wakes with what is written there",
    run: async ({ store }) => {
      await store.executions.create({ id: "e", queue: "q" });
      await parked(store, { afterMs: 3_600_000 });
      await assert.rejects(
        store.transaction(async (tx) => {
          await tx.executions.wake("e");
          throw new RangeError("undone");
        }),
        RangeError,
      );
      assert.deepEqual(await store.executions.claim({ queues: ["q"], limit: 1 }), []);
      await store.transaction(async (tx) => {
        await tx.kv.set({ prefix: "p", key: "k", value: new Uint8Array([1]) });
        assert.equal(await tx.executions.wake("e"), true);
      });
      assert.equal((await claimed(store)).wake?.by, "call");
    },
  },
  {
    name: "calls and parks that meet lose no wake-up",
    run: async ({ store }) => {
      await store.executions.create({ id: "e", queue: "q" });
      for (let i = 0; i < 20; i++) {
        const { id, token } = await claimed(store);
        const park = { require: { token }, park: { afterMs: 3_600_000 } };
        await Promise.all([store.executions.transition(id, park), store.executions.wake(id, { payload: i })]);
        const woken = await claimed(store);
        assert.equal(woken.wake?.payload, i);
        await store.executions.releaseLease(id, woken.token);
      }
    },
  },
];
