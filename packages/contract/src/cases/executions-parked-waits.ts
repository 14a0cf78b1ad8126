import assert from "node:assert/strict";
import type { ClaimedExecution, Store } from "holdfast";
import type { DeliveryOutcome } from "holdfast/correlations";
import type { ContractCase } from "../case.ts";

type Park = NonNullable<Parameters<Store["executions"]["transition"]>[1]["park"]>;

const queues = ["q"];

async function claim(store: Store): Promise<ClaimedExecution | undefined> {
  return (await store.executions.claim({ queues, limit: 1, leaseMs: 600_000 }))[0];
}

/** Makes an execution, and parks it. */
async function parked(store: Store, park: Park, id = "e"): Promise<void> {
  await store.executions.create({ id, queue: "q" });
  const held = await claim(store);
  await store.executions.transition(id, { require: { token: held?.token }, park });
}

function waitsFor(...keys: readonly string[]): Park {
  return { waits: keys.map((key) => ({ key })) };
}

/** What became of each event: the executions that it resumed, or its outcome. */
function resumedBy(outcomes: readonly DeliveryOutcome[]): readonly (string | readonly string[])[] {
  return outcomes.map((to) => (to.outcome === "delivered" ? to.waits.map((wait) => wait.executionId) : to.outcome));
}

/** What woke the executions that are claimable. */
async function wakes(store: Store): Promise<Readonly<Record<string, string | null | undefined>>> {
  const claimed = await store.executions.claim({ queues, limit: 10 });
  return Object.fromEntries(claimed.map(({ id, wake }) => [id, wake?.key]));
}

/**
 * What the waits of parked executions promise when they expire, and when several are delivered to at once. No timer and no pump has a
 * part in it.
 */
export const executionParkedWaitsContract: readonly ContractCase[] = [
  {
    name: "a wait that expires makes its parked execution claimable, and each claim is told which",
    async run({ store, clock }) {
      const waits = [{ key: "never" }, { key: "slow", ttlMs: 90_000 }, { key: "paid", step: "payment", ttlMs: 60_000 }];
      await parked(store, { waits, afterMs: 3_600_000 });
      assert.equal(await store.timers.next(), null);
      assert.equal(await claim(store), undefined);
      await clock.advance(60_001);
      assert.equal((await store.correlations.deliver({ key: "paid", payload: 1 })).outcome, "kept");
      assert.deepEqual(await store.timers.claim(), []);
      const woken = await claim(store);
      assert.deepEqual(woken?.wake, {
        by: "expiry",
        step: "payment",
        key: "paid",
        payload: undefined,
        traceContext: null,
      });
      assert.deepEqual((await store.correlations.list()).items, []);
      const { items } = await store.correlations.list({ executionId: "e", status: "expired" });
      assert.deepEqual(
        items.map(({ key, step }) => [key, step]),
        [["paid", "payment"]],
      );
      await clock.advance(600_001);
      assert.deepEqual((await claim(store))?.wake, woken.wake);
    },
  },
  {
    name: "a wait of a step for which the execution then parks keeps its expiry, which wakes it",
    async run({ store, clock }) {
      await store.executions.create({ id: "e", queue: "q" });
      const held = await claim(store);
      await store.executions.transition("e", {
        require: { token: held?.token },
        waits: [{ id: "w", key: "paid", step: "paid", ttlMs: 60_000 }],
        park: { waits: [{ key: "paid" }] },
      });
      await clock.advance(60_001);
      assert.deepEqual(await store.timers.claim(), []);
      assert.equal((await claim(store))?.wake?.by, "expiry");
      assert.equal((await store.correlations.require("w")).status, "expired");
    },
  },
  {
    name: "a moment that comes before the expiry wakes a parked execution as a moment, an event as an event",
    async run({ store, clock }) {
      await parked(store, { waits: [{ key: "k", ttlMs: 90_000 }], afterMs: 60_000 });
      await clock.advance(60_001);
      const woken = await claim(store);
      assert.deepEqual(woken?.wake, { by: "moment", step: null, key: null, payload: undefined, traceContext: null });
      const park = { waits: [{ key: "k", ttlMs: 90_000 }] };
      await store.executions.transition("e", { require: { token: woken.token }, park });
      await store.correlations.deliver({ key: "k", payload: 1 });
      assert.deepEqual((await claim(store))?.wake, {
        by: "event",
        step: "k",
        key: "k",
        payload: 1,
        traceContext: null,
      });
    },
  },
  {
    name: "of events that are delivered together, the first wakes an execution that is parked for several",
    async run({ store }) {
      await parked(store, waitsFor("a", "b", "c", "d"), "e");
      await parked(store, waitsFor("a", "d"), "f");
      const events = [
        { key: "b", dedupeId: "1" },
        { key: "a" },
        { key: "d", dedupeId: "1" },
        { key: "c", keep: false },
      ];
      const outcomes = await store.correlations.deliverMany(events);
      assert.deepEqual(resumedBy(outcomes), [["e"], ["f"], "kept", "missed"]);
      assert.deepEqual(await wakes(store), { e: "b", f: "a" });
      assert.deepEqual((await store.correlations.list()).items, []);
      assert.deepEqual(
        (await store.correlations.events({ key: "d" })).items.map(({ key }) => key),
        ["d"],
      );
      const again = await store.correlations.deliverMany(events);
      assert.deepEqual(
        again.map(({ outcome }) => outcome),
        ["duplicate", "kept", "duplicate", "missed"],
      );
    },
  },
  {
    name: "an event to all resumes the waiters whom an event that is delivered together with it does not wake",
    async run({ store }) {
      await parked(store, waitsFor("a", "b"), "e");
      await store.executions.create({ id: "f" });
      await store.correlations.wait({ key: "b", executionId: "f", step: "s" });
      await parked(store, waitsFor("b", "c"), "g");
      const events = ["c", "b", "a"].map((key) => ({ key, to: "all" as const }));
      assert.deepEqual(resumedBy(await store.correlations.deliverMany(events)), [["g"], ["e", "f"], "kept"]);
      assert.deepEqual(await wakes(store), { e: "b", g: "c" });
    },
  },
  {
    name: "of deliveries that are made at once, one wakes an execution that is parked for all",
    async run({ store }) {
      const keys = ["a", "b", "c", "d"];
      await parked(store, waitsFor(...keys));
      const outcomes = await Promise.all(keys.map((key) => store.correlations.deliver({ key })));
      const made = (outcome: string): number => outcomes.filter((to) => to.outcome === outcome).length;
      assert.deepEqual([made("delivered"), made("kept")], [1, 3]);
      assert.deepEqual(Object.keys(await wakes(store)), ["e"]);
    },
  },
];
