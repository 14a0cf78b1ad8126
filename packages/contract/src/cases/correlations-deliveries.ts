import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

/** What delivering promises. */
export const correlationsDeliveryCases: readonly ContractCase[] = [
  {
    name: "an event resumes the wait of its key, once",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.correlations.wait({ key: "k", executionId: "e", step: "s", id: "w" });
      assert.equal((await store.correlations.deliver({ key: "other" })).outcome, "kept");
      const outcome = await store.correlations.deliver({ key: "k" });
      assert.deepEqual(outcome, { outcome: "delivered", waits: [{ id: "w", executionId: "e", step: "s" }] });
      assert.equal((await store.correlations.require("w")).status, "delivered");
      assert.equal((await store.correlations.deliver({ key: "k" })).outcome, "kept");
    },
  },
  {
    name: "an event resumes the oldest waiter, or all of them in the order in which they came",
    async run({ store }) {
      for (const id of ["e", "f", "g"]) {
        await store.executions.create({ id });
        await store.correlations.wait({ key: "k", executionId: id, step: "s", id: `w-${id}` });
      }
      const one = await store.correlations.deliver({ key: "k", to: "one" });
      assert.deepEqual(one, { outcome: "delivered", waits: [{ id: "w-e", executionId: "e", step: "s" }] });
      const all = await store.correlations.deliver({ key: "k", to: "all" });
      assert.ok(all.outcome === "delivered");
      assert.deepEqual(
        all.waits.map((wait) => wait.executionId),
        ["f", "g"],
      );
      assert.deepEqual((await store.correlations.list()).items, []);
    },
  },
  {
    name: "events that come before their waiters are kept and taken oldest first, each once",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const first = await store.correlations.deliver({ key: "k", payload: { n: 1 } });
      const second = await store.correlations.deliver({ key: "k", payload: { n: 2 }, to: "all" });
      assert.ok(first.outcome === "kept" && second.outcome === "kept");
      const events = await store.correlations.events({ key: "k" });
      assert.deepEqual(
        events.items.map(({ id, payload, dedupeId }) => ({ id, payload, dedupeId })),
        [
          { id: first.eventId, payload: { n: 1 }, dedupeId: null },
          { id: second.eventId, payload: { n: 2 }, dedupeId: null },
        ],
      );
      const taken = [];
      for (const step of ["a", "b", "c"]) {
        taken.push(await store.correlations.wait({ key: "k", executionId: "e", step }));
      }
      assert.deepEqual(
        taken.slice(0, 2).map((each) => each.outcome === "delivered" && each.event),
        [
          { id: first.eventId, payload: { n: 1 }, traceContext: null },
          { id: second.eventId, payload: { n: 2 }, traceContext: null },
        ],
      );
      assert.equal(taken[2]?.outcome, "waiting");
      assert.deepEqual((await store.correlations.events({ key: "k" })).items, []);
    },
  },
  {
    name: "an event that is not to be kept is missed where nobody waits, and delivered where somebody does",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const { correlations } = store;
      const late = { key: "k", payload: 1, keep: false };
      assert.deepEqual(await correlations.deliver(late), { outcome: "missed" });
      assert.deepEqual(await correlations.deliver({ ...late, dedupeId: "d" }), { outcome: "missed" });
      assert.deepEqual((await correlations.events({ key: "k" })).items, []);
      assert.equal((await correlations.wait({ key: "k", executionId: "e", step: "s" })).outcome, "waiting");
      const delivered = await correlations.deliver({ ...late, dedupeId: "d" });
      assert.equal(delivered.outcome, "delivered");
      assert.deepEqual(await correlations.deliver({ ...late, dedupeId: "d" }), {
        outcome: "duplicate",
        first: delivered,
      });
      const several = await correlations.deliverMany([
        { ...late, key: "a" },
        { key: "b", payload: 2 },
      ]);
      assert.deepEqual(
        several.map(({ outcome }) => outcome),
        ["missed", "kept"],
      );
      await correlations.deliver({ key: "b", dedupeId: "d" });
      const again = await correlations.deliver({ key: "b", dedupeId: "d", keep: false });
      assert.deepEqual([again.outcome, again.outcome === "duplicate" && again.first.outcome], ["duplicate", "kept"]);
      await assert.rejects(correlations.deliver({ ...late, ttlMs: 5 }), { facts: { field: "keep" } });
    },
  },
  {
    name: "an event that has expired is neither taken nor listed",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.correlations.deliver({ key: "k", payload: "short", ttlMs: 100_000 });
      await store.correlations.deliver({ key: "k", payload: "long", ttlMs: 600_000 });
      await clock.advance(100_001);
      assert.deepEqual(
        (await store.correlations.events({ key: "k" })).items.map((event) => event.payload),
        ["long"],
      );
      const outcome = await store.correlations.wait({ key: "k", executionId: "e", step: "s" });
      assert.ok(outcome.outcome === "delivered");
      assert.equal(outcome.event.payload, "long");
    },
  },
  {
    name: "an event is kept for 30 days, for ttlMs by the database's clock, or until expiresAt",
    async run({ store, clock }) {
      const expiresAt = new Date((await clock.now()).getTime() + 123_456_789);
      await store.correlations.deliver({ key: "k" });
      await store.correlations.deliver({ key: "k", ttlMs: 500_000 });
      await store.correlations.deliver({ key: "k", expiresAt });
      const { items } = await store.correlations.events({ key: "k" });
      const [usual, counted, dated] = items.map((event) => event.expiresAt.getTime() - event.createdAt.getTime());
      // Counted moments are whole milliseconds, rounded up.
      assert.ok(usual !== undefined && Math.abs(usual - 30 * 24 * 3_600_000) <= 1);
      assert.ok(counted !== undefined && Math.abs(counted - 500_000) <= 1);
      assert.ok(dated !== undefined);
      assert.deepEqual(items[2]?.expiresAt, expiresAt);
    },
  },
  {
    name: "a duplicate of a delivery that resumed gets that outcome and resumes nobody else",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (const step of ["a", "b"]) await store.correlations.wait({ key: "k", executionId: "e", step });
      const first = await store.correlations.deliver({ key: "k", dedupeId: "d" });
      assert.equal(first.outcome, "delivered");
      assert.deepEqual(await store.correlations.deliver({ key: "k", dedupeId: "d", to: "all", payload: 9 }), {
        outcome: "duplicate",
        first,
      });
      assert.equal((await store.correlations.list()).items.length, 1);
      assert.deepEqual((await store.correlations.events({ key: "k" })).items, []);
    },
  },
  {
    name: "a duplicate of a delivery that was kept gets that outcome, also after the event was taken or has expired",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      const first = await store.correlations.deliver({ key: "k", dedupeId: "d" });
      assert.equal(first.outcome, "kept");
      assert.deepEqual(await store.correlations.deliver({ key: "k", dedupeId: "d" }), { outcome: "duplicate", first });
      assert.equal((await store.correlations.wait({ key: "k", executionId: "e", step: "s" })).outcome, "delivered");
      await store.correlations.wait({ key: "k", executionId: "e", step: "s" });
      assert.deepEqual(await store.correlations.deliver({ key: "k", dedupeId: "d" }), { outcome: "duplicate", first });
      const brief = await store.correlations.deliver({ key: "l", dedupeId: "d", ttlMs: 1 });
      await clock.advance(1000);
      assert.deepEqual(await store.correlations.deliver({ key: "l", dedupeId: "d" }), {
        outcome: "duplicate",
        first: brief,
      });
    },
  },
  {
    name: "a dedupe id counts under its key only",
    async run({ store }) {
      assert.equal((await store.correlations.deliver({ key: "a", dedupeId: "d" })).outcome, "kept");
      assert.equal((await store.correlations.deliver({ key: "b", dedupeId: "d" })).outcome, "kept");
    },
  },
  {
    name: "a payload comes back as it was: nothing, null, and text that PostgreSQL's own text cannot hold",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const payloads = [undefined, null, 0, "", "a\0b\ud800", { a: [null, { b: false }] }];
      for (const [i, payload] of payloads.entries()) {
        await store.correlations.deliver({ key: "k", payload });
        const outcome = await store.correlations.wait({ key: "k", executionId: "e", step: `${i}` });
        assert.ok(outcome.outcome === "delivered");
        assert.deepEqual(outcome.event.payload, payload);
      }
    },
  },
  {
    name: "events of several keys are delivered together, each with an outcome of its own",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.correlations.wait({ key: "b", executionId: "e", step: "s", id: "w" });
      await store.correlations.deliver({ key: "c", dedupeId: "d" });
      const outcomes = await store.correlations.deliverMany([{ key: "c", dedupeId: "d" }, { key: "b" }, { key: "a" }]);
      assert.deepEqual(
        outcomes.map((each) => each.outcome),
        ["duplicate", "delivered", "kept"],
      );
      assert.deepEqual(await store.correlations.deliverMany([]), []);
    },
  },
  {
    name: "what a transaction that fails has delivered, taken and awaited never happened",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.correlations.wait({ key: "k", executionId: "e", step: "s", id: "w" });
      await store.correlations.deliver({ key: "early", payload: 1 });
      const undone = store.transaction(async (tx) => {
        assert.equal((await tx.correlations.deliver({ key: "k", dedupeId: "d" })).outcome, "delivered");
        assert.equal((await tx.correlations.wait({ key: "early", executionId: "e", step: "s" })).outcome, "delivered");
        await tx.correlations.wait({ key: "new", executionId: "e", step: "s" });
        throw new Error("undo");
      });
      await assert.rejects(undone, /undo/);
      assert.deepEqual(
        (await store.correlations.list()).items.map((wait) => wait.id),
        ["w"],
      );
      assert.equal((await store.correlations.events({ key: "early" })).items.length, 1);
      assert.equal((await store.correlations.deliver({ key: "k", dedupeId: "d" })).outcome, "delivered");
    },
  },
  {
    name: "kept events are listed in pages",
    async run({ store }) {
      for (let n = 0; n < 5; n++) await store.correlations.deliver({ key: "k", payload: n });
      const first = await store.correlations.events({ key: "k", limit: 3 });
      assert.ok(first.next !== null);
      const second = await store.correlations.events({ key: "k", limit: 3, after: first.next });
      assert.equal(second.next, null);
      assert.deepEqual(
        [...first.items, ...second.items].map((event) => event.payload),
        [0, 1, 2, 3, 4],
      );
    },
  },
];
