import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

const hourMs = 3_600_000;
const wait = { id: "w", key: "k", executionId: "e", step: "s" };

/** What the expiry of waits promises: it is a timer. */
export const timersWaitCases: readonly ContractCase[] = [
  {
    name: "a wait that expires is a due timer of its step, which fires until it is acknowledged",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      const { wait: registered } = await store.correlations.wait({ ...wait, ttlMs: hourMs });
      assert.deepEqual(await store.timers.claim(), []);
      await clock.advance(hourMs);
      const [first, ...others] = await store.timers.claim({ leaseMs: hourMs, holder: "one" });
      assert.ok(first);
      assert.deepEqual(others, []);
      const { executionId, step, fireAt, dedupeKey, payload } = first;
      assert.deepEqual(
        { executionId, step, fireAt, dedupeKey, payload },
        { executionId: "e", step: "s", fireAt: registered.expiresAt, dedupeKey: null, payload: undefined },
      );
      assert.deepEqual(first.wait, { id: "w", key: "k" });
      assert.equal((await store.correlations.require("w")).status, "expired");
      const { status, holder, wait: of } = await store.timers.require(first.id);
      assert.deepEqual({ status, holder, of }, { status: "claimed", holder: "one", of: first.wait });
      await clock.advance(hourMs);
      const [second] = await store.timers.claim({ leaseMs: hourMs });
      assert.deepEqual([second?.id, second?.wait], [first.id, first.wait]);
      assert.ok(second && second.token > first.token);
      assert.ok(!(await store.timers.acknowledge(first)).ok);
      await store.executions.transition("e", { state: "late", acknowledge: [second] });
      await clock.advance(hourMs);
      assert.deepEqual(await store.timers.claim(), []);
    },
  },
  {
    name: "the longest expired waits fire first, before due timers, at most as many as asked for",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.timers.schedule({ executionId: "e", step: "timer", afterMs: 50 });
      const waits = [300, 100, 200].map((ttlMs) => ({ key: "k", executionId: "e", step: `${ttlMs}`, ttlMs }));
      await store.correlations.waitMany([...waits, { key: "k", executionId: "e", step: "never" }]);
      await clock.advance(1000);
      const steps = async (limit: number): Promise<readonly string[]> =>
        (await store.timers.claim({ limit })).map((timer) => timer.step);
      assert.deepEqual(await steps(2), ["100", "200"]);
      assert.deepEqual(await steps(2), ["timer", "300"]);
      assert.deepEqual(await steps(2), []);
    },
  },
  {
    name: "a wait that was delivered to, canceled or removed with its execution before it expires does not fire",
    async run({ store, clock }) {
      await store.executions.createMany([{ id: "e" }, { id: "removed" }, { id: "ended" }]);
      const step = { step: "s", ttlMs: hourMs };
      await store.correlations.waitMany([
        { ...step, id: "delivered", key: "k", executionId: "e" },
        { ...step, id: "canceled", key: "l", executionId: "e" },
        { ...step, key: "m", executionId: "removed" },
        { ...step, key: "n", executionId: "ended" },
      ]);
      await store.correlations.deliver({ key: "k" });
      await store.correlations.cancel("canceled");
      await store.executions.remove("removed");
      await store.executions.transition("ended", { end: { status: "succeeded" } });
      assert.equal(await store.timers.next(), null);
      await clock.advance(2 * hourMs);
      assert.deepEqual(await store.timers.claim(), []);
    },
  },
  {
    name: "one that has expired and was not claimed yet can still be canceled, a claimed one is its timer's",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.correlations.waitMany([
        { ...wait, ttlMs: 1000 },
        { ...wait, id: "x", step: "t", ttlMs: 2000 },
      ]);
      await clock.advance(hourMs);
      assert.equal((await store.timers.claim({ limit: 1 }))[0]?.wait?.id, "w");
      assert.deepEqual([await store.correlations.cancel("w"), await store.correlations.cancel("x")], [false, true]);
      assert.deepEqual(await store.timers.claim(), []);
    },
  },
  {
    name: "next counts the expiry of waits",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.timers.schedule({ executionId: "e", step: "s", afterMs: 2 * hourMs });
      const { wait: registered } = await store.correlations.wait({ ...wait, ttlMs: hourMs });
      const next = await store.timers.next();
      assert.ok(next && next.inMs > 0 && next.inMs <= hourMs);
      assert.deepEqual(next.at, registered.expiresAt);
      await clock.advance(next.inMs);
      assert.deepEqual(await store.timers.next(), { at: registered.expiresAt, inMs: 0 });
    },
  },
  {
    name: "a claim that is undone leaves the wait as it was",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.correlations.wait({ ...wait, ttlMs: 1000 });
      await clock.advance(hourMs);
      const undone = store.transaction(async (tx) => {
        assert.equal((await tx.timers.claim()).length, 1);
        throw new Error("undone");
      });
      await assert.rejects(undone, /undone/);
      assert.deepEqual((await store.timers.list()).items, []);
      assert.equal((await store.timers.claim())[0]?.wait?.id, "w");
    },
  },
];
