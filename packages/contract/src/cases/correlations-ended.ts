import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

const wait = { id: "w", key: "k", executionId: "e", step: "s" };
const queues = ["q"];

/** What waits promise once they are over: they stay, and a step that is replayed finds them. */
export const correlationsEndedCases: readonly ContractCase[] = [
  {
    name: "a wait that was delivered to keeps what was delivered, until its execution is removed",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.correlations.wait(wait);
      await store.correlations.wait({ ...wait, id: "empty", step: "t" });
      const registered = await store.correlations.require("w");
      assert.deepEqual([registered.status, registered.delivery], ["waiting", null]);
      const deliveredAt = await clock.now();
      await store.correlations.deliver({ key: "k", payload: null });
      await store.correlations.deliver({ key: "k" });
      const delivered = await store.correlations.require("w");
      assert.ok(delivered.delivery && delivered.delivery.deliveredAt >= deliveredAt);
      assert.deepEqual(delivered, {
        ...registered,
        status: "delivered",
        delivery: { ...delivered.delivery, payload: null },
      });
      assert.equal((await store.correlations.require("empty")).delivery?.payload, undefined);
      await store.executions.transition("e", { end: { status: "succeeded" } });
      assert.deepEqual(await store.correlations.require("w"), delivered);
      await store.executions.remove("e");
      assert.equal(await store.correlations.get("w"), null);
    },
  },
  {
    name: "a step that waits again by the id of its wait gets the same event again, also one that came early",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.correlations.wait(wait);
      await store.correlations.deliver({ key: "k", payload: { n: 1 } });
      await store.correlations.deliver({ key: "early", payload: { n: 2 } });
      const early = { ...wait, id: "early", key: "early" };
      const [first, second] = await store.correlations.waitMany([wait, early]);
      assert.ok(first?.outcome === "delivered" && second?.outcome === "delivered");
      assert.deepEqual([first.event.payload, second.event.payload], [{ n: 1 }, { n: 2 }]);
      assert.deepEqual(first.wait, await store.correlations.require("w"));
      await store.correlations.deliver({ key: "k", payload: { n: 3 } });
      assert.deepEqual(await store.correlations.wait(wait), first);
      assert.deepEqual(await store.correlations.wait(early), second);
      const { key, step } = wait;
      const again = await store.executions.transition("e", { waits: [{ id: "w", key, step }] });
      assert.deepEqual(again.waits, [first]);
      const [next] = (await store.executions.transition("e", { waits: [{ key, step }] })).waits;
      assert.ok(next?.outcome === "delivered" && next.wait.id !== "w");
      assert.deepEqual(next.event.payload, { n: 3 });
    },
  },
  {
    name: "the id of a wait that is over belongs to its step and key",
    async run({ store }) {
      await store.executions.createMany([{ id: "e" }, { id: "f" }]);
      await store.correlations.wait(wait);
      await store.correlations.deliver({ key: "k" });
      await store.correlations.deliver({ key: "l", payload: "kept" });
      for (const other of [{ step: "t" }, { executionId: "f" }, { key: "l" }, { key: "m" }]) {
        await assert.rejects(store.correlations.wait({ ...wait, ...other }), { code: "duplicate" });
      }
      assert.equal((await store.correlations.events({ key: "l" })).items.length, 1);
    },
  },
  {
    name: "a step that waits again by the id of a wait that has fired is told that it has expired",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.correlations.wait({ ...wait, ttlMs: 1000 });
      await clock.advance(60_000);
      for (let i = 0; i < 2; i++) {
        const { outcome, wait: over } = await store.correlations.wait({ ...wait, ttlMs: 1000 });
        assert.deepEqual([outcome, over.id, over.status, over.delivery], ["expired", "w", "expired", null]);
        await store.timers.claim();
      }
      assert.equal((await store.correlations.deliver({ key: "k", keep: false })).outcome, "missed");
    },
  },
  {
    name: "the waits of an execution that are over are listed in the order in which they ended",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      const steps = ["a", "b", "c", "d"];
      await store.correlations.waitMany(steps.map((step) => ({ ...wait, id: step, step, ttlMs: 100_000 })));
      await store.correlations.wait({ ...wait, id: "z", step: "z", key: "z" });
      for (let i = 0; i < 2; i++) await store.correlations.deliver({ key: "k", payload: i });
      await clock.advance(200_000);
      await store.timers.claim();
      const ids = async (filter: object): Promise<readonly string[]> =>
        (await store.correlations.list({ executionId: "e", ...filter })).items.map(({ id }) => id);
      assert.deepEqual(await ids({}), ["z"]);
      assert.deepEqual(await ids({ status: "delivered" }), ["a", "b"]);
      assert.deepEqual(await ids({ status: "delivered", key: "z" }), []);
      assert.deepEqual(await ids({ status: "expired" }), ["c", "d"]);
      const { items, next } = await store.correlations.list({ executionId: "e", status: "delivered", limit: 1 });
      assert.deepEqual(items, [await store.correlations.require("a")]);
      assert.ok(next !== null);
      assert.deepEqual(await ids({ status: "delivered", after: next }), ["b"]);
    },
  },
  {
    name: "what woke a parked execution is told to each claim until it parks again, and stays readable after",
    async run({ store, clock }) {
      const { executions } = store;
      await executions.create({ id: "e", queue: "q" });
      const park = { waits: [{ key: "k", step: "s" }, { key: "l" }] };
      for (const payload of ["late", "early"]) {
        const [held] = await executions.claim({ queues, limit: 1, leaseMs: 60_000 });
        if (payload === "early") await store.correlations.deliver({ key: "k", payload });
        await executions.transition("e", { require: { token: held?.token }, park });
        if (payload === "late") await store.correlations.deliver({ key: "k", payload });
        for (let attempt = 0; attempt < 2; attempt++) {
          const [claimed] = await executions.claim({ queues, limit: 1, leaseMs: 60_000 });
          assert.deepEqual(claimed?.wake, { by: "event", step: "s", key: "k", payload, traceContext: null });
          await clock.advance(60_001);
        }
      }
      const { items } = await store.correlations.list({ executionId: "e", status: "delivered" });
      assert.deepEqual(
        items.map(({ key, step, delivery }) => [key, step, delivery?.payload]),
        [
          ["k", "s", "late"],
          ["k", "s", "early"],
        ],
      );
      assert.deepEqual((await store.correlations.list({ executionId: "e" })).items, []);
    },
  },
];
