import assert from "node:assert/strict";
import type { Store, Transaction } from "holdfast";
import type { DeliveryOutcome, WaitOutcome } from "holdfast/correlations";
import type { ContractCase } from "../case.ts";

/** What holds when many act on one key at once. Transactions, so that they run on connections of their own where there are some. */
export const correlationsRaceCases: readonly ContractCase[] = [
  {
    name: "concurrent deliveries resume each wait once",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const steps = Array.from({ length: 20 }, (_, i) => ({ key: "k", executionId: "e", step: `${i}` }));
      await store.correlations.waitMany(steps);
      const outcomes = await inTransactions(store, 30, (tx) => tx.correlations.deliver({ key: "k" }));
      const resumed = outcomes.flatMap((each) =>
        each.outcome === "delivered" ? each.waits.map((wait) => wait.step) : [],
      );
      assert.equal(resumed.length, 20);
      assert.equal(new Set(resumed).size, 20);
      assert.equal((await store.correlations.events({ key: "k" })).items.length, 10);
    },
  },
  {
    name: "concurrent deliveries to one and to all resume each wait once",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.correlations.waitMany(
        Array.from({ length: 50 }, (_, i) => ({ key: "k", executionId: "e", step: `${i}` })),
      );
      const outcomes = await inTransactions(store, 8, (tx, i) =>
        tx.correlations.deliver({ key: "k", to: i % 2 ? "all" : "one" }),
      );
      const resumed = outcomes.flatMap((each) =>
        each.outcome === "delivered" ? each.waits.map((wait) => wait.step) : [],
      );
      assert.equal(new Set(resumed).size, resumed.length);
      assert.equal(resumed.length, 50);
    },
  },
  {
    name: "concurrent waits take each kept event once",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (let n = 0; n < 10; n++) await store.correlations.deliver({ key: "k", payload: n });
      const outcomes = await inTransactions(store, 20, (tx, i) =>
        tx.correlations.wait({ key: "k", executionId: "e", step: `${i}` }),
      );
      const taken = outcomes.flatMap((each) => (each.outcome === "delivered" ? [each.event.payload] : []));
      assert.deepEqual(new Set(taken), new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
      assert.equal(taken.length, 10);
      assert.equal((await store.correlations.list({ key: "k" })).items.length, 10);
    },
  },
  {
    name: "a wait and a delivery that race never miss each other",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (let round = 0; round < 25; round++) {
        const key = `k${round}`;
        const [waited, delivered] = await Promise.all([
          store.transaction((tx) => tx.correlations.wait({ key, executionId: "e", step: "s" })),
          store.transaction((tx) => tx.correlations.deliver({ key, payload: round })),
        ]);
        assertMet(waited, delivered);
      }
    },
  },
  {
    name: "waits and deliveries that race in single calls never miss each other",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const keys = Array.from({ length: 100 }, (_, i) => `k${i % 20}`);
      const [waits, deliveries] = await Promise.all([
        Promise.all(keys.map((key, i) => store.correlations.wait({ key, executionId: "e", step: `${i}` }))),
        Promise.all(keys.map((key) => store.correlations.deliver({ key }))),
      ]);
      const resumed = deliveries.filter((each) => each.outcome === "delivered").length;
      const taken = waits.filter((each) => each.outcome === "delivered").length;
      assert.equal(resumed + taken, 100);
      assert.deepEqual((await store.correlations.list()).items, []);
    },
  },
  {
    name: "of concurrent duplicates one delivers, and the others wait for it and get its outcome",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (const step of ["a", "b", "c"]) await store.correlations.wait({ key: "k", executionId: "e", step });
      const outcomes = await inTransactions(store, 8, (tx) => tx.correlations.deliver({ key: "k", dedupeId: "d" }));
      const [first, ...others] = outcomes.filter((each) => each.outcome !== "duplicate");
      assert.ok(first);
      assert.deepEqual(others, []);
      for (const duplicate of outcomes.filter((each) => each !== first)) {
        assert.deepEqual(duplicate, { outcome: "duplicate", first });
      }
      assert.equal((await store.correlations.list()).items.length, 2);
    },
  },
  {
    name: "a step that says at once and many times that it waits has one wait",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const outcomes = await inTransactions(store, 10, (tx) =>
        tx.correlations.wait({ key: "k", executionId: "e", step: "s" }),
      );
      const ids = outcomes.map((each) => (each.outcome === "waiting" ? each.wait.id : ""));
      assert.equal(new Set(ids).size, 1);
    },
  },
  {
    name: "a wait is canceled or delivered to, never both and never neither",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (let round = 0; round < 15; round++) {
        const id = `w${round}`;
        await store.correlations.wait({ key: id, executionId: "e", step: "s", id });
        const [canceled, delivered] = await Promise.all([
          store.transaction((tx) => tx.correlations.cancel(id)),
          store.transaction((tx) => tx.correlations.deliver({ key: id })),
        ]);
        assert.equal(canceled, delivered.outcome === "kept");
      }
    },
  },
  {
    name: "an expired wait fires for one of several claimers",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.correlations.waitMany(
        Array.from({ length: 60 }, (_, i) => ({ key: "k", executionId: "e", step: `${i}`, ttlMs: 10 })),
      );
      await clock.advance(1000);
      const claimed = await inTransactions(store, 6, (tx) => tx.timers.claim({ limit: 20 }));
      const left = await store.timers.claim();
      const steps = [...claimed.flat(), ...left].map((timer) => timer.step);
      assert.equal(steps.length, 60);
      assert.equal(new Set(steps).size, 60);
    },
  },
  {
    name: "a wait that expires while an event comes is delivered to or fires, never both",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (let round = 0; round < 15; round++) {
        const id = `w${round}`;
        await store.correlations.wait({ key: id, executionId: "e", step: "s", id, ttlMs: 1 });
        const [delivered, claimed] = await Promise.all([
          store.transaction((tx) => tx.correlations.deliver({ key: id })),
          store.transaction((tx) => tx.timers.claim()),
        ]);
        const fired = [...claimed, ...(await store.timers.claim())].filter((timer) => timer.wait?.id === id);
        const status = (await store.correlations.require(id)).status;
        assert.equal(status === "delivered", delivered.outcome === "delivered");
        if (status === "delivered") assert.deepEqual(fired, []);
      }
    },
  },
];

async function inTransactions<T>(
  store: Store,
  count: number,
  act: (tx: Transaction, i: number) => Promise<T>,
): Promise<readonly T[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => store.transaction((tx) => act(tx, i))));
}

/** Whichever came first, the event reached the wait. */
function assertMet(waited: WaitOutcome, delivered: DeliveryOutcome): void {
  if (waited.outcome !== "delivered") {
    assert.ok(delivered.outcome === "delivered");
    assert.equal(delivered.waits[0]?.id, waited.wait.id);
  } else {
    assert.ok(delivered.outcome === "kept");
    assert.equal(waited.event.id, delivered.eventId);
  }
}
