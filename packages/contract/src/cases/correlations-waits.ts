import assert from "node:assert/strict";
import type { Wait } from "holdfast";
import type { Correlations, WaitInput } from "holdfast/correlations";
import type { ContractCase } from "../case.ts";

/** What waiting promises. */
export const correlationsWaitCases: readonly ContractCase[] = [
  {
    name: "a step waits once for a key, however often it says so, and keeps its first expiry",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const first = await registered(store.correlations, {
        key: "k",
        executionId: "e",
        step: "s",
        ttlMs: 60_000,
      });
      const again = await registered(store.correlations, { key: "k", executionId: "e", step: "s", id: "other" });
      assert.deepEqual(again, first);
      assert.deepEqual((await store.correlations.list()).items, [first]);
      assert.ok(first.expiresAt !== null && first.expiresAt.getTime() - first.createdAt.getTime() >= 60_000);
    },
  },
  {
    name: "an execution waits on one key in two steps, and each is resumed by an event of its own",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const outcomes = await store.correlations.waitMany([
        { key: "k", executionId: "e", step: "one", id: "w1" },
        { key: "k", executionId: "e", step: "two", id: "w2" },
        { key: "other", executionId: "e", step: "one", id: "w3" },
      ]);
      assert.deepEqual(
        outcomes.map((each) => each.outcome),
        ["waiting", "waiting", "waiting"],
      );
      const first = await store.correlations.deliver({ key: "k" });
      assert.deepEqual(first, { outcome: "delivered", waits: [{ id: "w1", executionId: "e", step: "one" }] });
      const second = await store.correlations.deliver({ key: "k" });
      assert.deepEqual(second, { outcome: "delivered", waits: [{ id: "w2", executionId: "e", step: "two" }] });
      assert.deepEqual(
        (await store.correlations.list()).items.map((wait) => wait.id),
        ["w3"],
      );
    },
  },
  {
    name: "waits of one call share kept events out, the oldest event to the first",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.correlations.deliver({ key: "k", payload: 1 });
      await store.correlations.deliver({ key: "k", payload: 2 });
      const outcomes = await store.correlations.waitMany(
        ["a", "b", "c"].map((step) => ({ key: "k", executionId: "e", step })),
      );
      assert.deepEqual(
        outcomes.map((each) => (each.outcome === "delivered" ? each.event.payload : each.wait.step)),
        [1, 2, "c"],
      );
    },
  },
  {
    name: "a wait that has expired is not delivered to, and says that it has",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      const wait = await registered(store.correlations, { key: "k", executionId: "e", step: "s", ttlMs: 100_000 });
      const later = await registered(store.correlations, { key: "k", executionId: "e", step: "t", ttlMs: 900_000 });
      await clock.advance(200_000);
      const outcome = await store.correlations.deliver({ key: "k" });
      assert.ok(outcome.outcome === "delivered");
      assert.equal(outcome.waits[0]?.id, later.id);
      assert.deepEqual(await store.correlations.require(wait.id), { ...wait, status: "expired" });
      assert.deepEqual((await store.correlations.list()).items, []);
    },
  },
  {
    name: "a step whose wait has expired gets that wait again until it is fired, not an event",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      const input = { key: "k", executionId: "e", step: "s" };
      const wait = await registered(store.correlations, { ...input, ttlMs: 100_000 });
      await clock.advance(100_001);
      assert.equal((await store.correlations.deliver({ key: "k" })).outcome, "kept");
      const again = await store.correlations.wait(input);
      assert.deepEqual(again, { outcome: "expired", wait: { ...wait, status: "expired" } });
      assert.equal((await store.timers.claim())[0]?.wait?.id, wait.id);
      assert.equal((await store.correlations.wait(input)).outcome, "delivered");
    },
  },
  {
    name: "a canceled wait is not delivered to, and only the call that canceled it says so",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const canceled = await registered(store.correlations, { key: "k", executionId: "e", step: "s" });
      const delivered = await registered(store.correlations, { key: "k", executionId: "e", step: "t" });
      assert.equal(await store.correlations.cancel(canceled.id), true);
      assert.equal(await store.correlations.cancel(canceled.id), false);
      const outcome = await store.correlations.deliver({ key: "k" });
      assert.ok(outcome.outcome === "delivered");
      assert.deepEqual(
        outcome.waits.map((wait) => wait.id),
        [delivered.id],
      );
      assert.equal(await store.correlations.cancel(delivered.id), false);
      assert.equal(await store.correlations.cancel("unknown"), false);
    },
  },
  {
    name: "all waits of an execution are canceled together, and no one else's",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.executions.create({ id: "f" });
      for (const key of ["a", "b", "c"]) await store.correlations.wait({ key, executionId: "e", step: "s" });
      await store.correlations.wait({ key: "a", executionId: "f", step: "s" });
      await store.correlations.wait({ key: "a", executionId: "e", step: "t" });
      assert.equal(await store.correlations.cancelAll({ executionId: "e", step: "none" }), 0);
      assert.equal(await store.correlations.cancelAll({ executionId: "e", step: "t" }), 1);
      assert.equal(await store.correlations.cancelAll({ executionId: "e" }), 3);
      assert.equal(await store.correlations.cancelAll({ executionId: "e" }), 0);
      assert.deepEqual(
        (await store.correlations.list()).items.map((wait) => wait.executionId),
        ["f"],
      );
    },
  },
  {
    name: "the waits of a removed execution are gone, and events no longer reach them",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.correlations.wait({ key: "k", executionId: "e", step: "s" });
      await store.executions.remove("e");
      assert.equal((await store.correlations.deliver({ key: "k" })).outcome, "kept");
    },
  },
  {
    name: "waits are listed in pages by execution, by key and all together",
    async run({ store }) {
      for (const id of ["e", "f"]) {
        await store.executions.create({ id });
        await store.correlations.waitMany(
          ["a", "b", "c"].map((key) => ({ key, executionId: id, step: "s", id: `${id}-${key}` })),
        );
      }
      const pages = async (filter: { executionId?: string; key?: string }): Promise<string[][]> => {
        const found: string[][] = [];
        let after: string | undefined;
        do {
          const page = await store.correlations.list({
            ...filter,
            limit: 2,
            ...(after === undefined ? {} : { after }),
          });
          found.push(page.items.map((wait) => wait.id));
          after = page.next ?? undefined;
        } while (after !== undefined);
        return found;
      };
      assert.deepEqual(await pages({}), [
        ["e-a", "e-b"],
        ["e-c", "f-a"],
        ["f-b", "f-c"],
      ]);
      assert.deepEqual(await pages({ executionId: "f" }), [["f-a", "f-b"], ["f-c"]]);
      assert.deepEqual(await pages({ key: "b" }), [["e-b", "f-b"]]);
      assert.deepEqual(await pages({ key: "b", executionId: "f" }), [["f-b"]]);
    },
  },
  {
    name: "a wait is read by its id; a missing one is null, or an error where it is required",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const wait = await registered(store.correlations, { key: "k", executionId: "e", step: "s", id: "w" });
      assert.deepEqual(await store.correlations.get("w"), wait);
      assert.deepEqual(await store.correlations.require("w"), wait);
      assert.equal(await store.correlations.get("x"), null);
      await assert.rejects(store.correlations.require("x"), { code: "not_found" });
    },
  },
];

async function registered(correlations: Correlations, input: WaitInput): Promise<Wait> {
  const outcome = await correlations.wait(input);
  assert.ok(outcome.outcome === "waiting");
  return outcome.wait;
}
