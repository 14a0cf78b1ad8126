import assert from "node:assert/strict";
import type { DeliveryInput, WaitInput } from "holdfast/correlations";
import type { ContractCase } from "../case.ts";

const wait: WaitInput = { key: "k", executionId: "e", step: "s" };
const delivery: DeliveryInput = { key: "k" };
const soon = new Date();

/** Waits that are refused before anything is written, by the field that the error names. */
const badWaits: readonly (readonly [field: string, input: WaitInput])[] = [
  ["key", { ...wait, key: "" }],
  ["key", { ...wait, key: "a\0" }],
  ["key", { ...wait, key: "é".repeat(513) }],
  ["executionId", { ...wait, executionId: "\ud800" }],
  ["step", { ...wait, step: 1 as unknown as string }],
  ["id", { ...wait, id: "" }],
  ["ttlMs", { ...wait, ttlMs: -1 }],
  ["ttlMs", { ...wait, ttlMs: 1e13 }],
  ["expiresAt", { ...wait, expiresAt: new Date(Number.NaN) }],
  ["expiresAt", { ...wait, expiresAt: new Date(8.64e15) }],
  ["expiresAt", { ...wait, expiresAt: soon, ttlMs: 1 }],
];

const badDeliveries: readonly (readonly [field: string, input: DeliveryInput])[] = [
  ["key", { ...delivery, key: "" }],
  ["dedupeId", { ...delivery, dedupeId: "x".repeat(1025) }],
  ["to", { ...delivery, to: "some" as "one" }],
  ["ttlMs", { ...delivery, ttlMs: 0 }],
  ["ttlMs", { ...delivery, ttlMs: 1.5 }],
  ["expiresAt", { ...delivery, expiresAt: new Date(Number.NaN) }],
  ["expiresAt", { ...delivery, expiresAt: soon, ttlMs: 1 }],
  ["payload.when", { ...delivery, payload: { when: new Date() } }],
];

/** What is refused, and that it is refused alone. */
export const correlationsInputCases: readonly ContractCase[] = [
  {
    name: "a bad wait or delivery is refused with the name of the field, and writes nothing",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (const [field, input] of badWaits) {
        await assert.rejects(store.correlations.wait(input), { code: "invalid_input", facts: { field } });
      }
      for (const [field, input] of badDeliveries) {
        await assert.rejects(store.correlations.deliver(input), { code: "invalid_input", facts: { field } });
      }
      assert.deepEqual((await store.correlations.list()).items, []);
      assert.deepEqual((await store.correlations.events({ key: "k" })).items, []);
    },
  },
  {
    name: "a bad id, limit or cursor is refused",
    async run({ store }) {
      const { correlations } = store;
      const refused = { code: "invalid_input" };
      await assert.rejects(correlations.get(""), refused);
      await assert.rejects(correlations.cancel(""), refused);
      await assert.rejects(correlations.cancelAll({ executionId: "\0" }), refused);
      await assert.rejects(correlations.list({ limit: 0 }), refused);
      await assert.rejects(correlations.list({ after: "x" }), refused);
      await assert.rejects(correlations.events({ key: "k", limit: 1001 }), refused);
      await assert.rejects(correlations.list({ status: "delivered" }), { ...refused, facts: { field: "executionId" } });
    },
  },
  {
    name: "a batch holds each wait once, each key of a delivery once, and no more than 1,000",
    async run({ store }) {
      const { correlations } = store;
      const refused = { code: "invalid_input" };
      await assert.rejects(correlations.waitMany([wait, wait]), refused);
      await assert.rejects(
        correlations.waitMany([
          { ...wait, id: "w" },
          { ...wait, id: "w", key: "l" },
        ]),
        refused,
      );
      await assert.rejects(correlations.deliverMany([delivery, delivery]), refused);
      await assert.rejects(
        correlations.deliverMany(Array.from({ length: 1001 }, (_, i) => ({ key: `${i}` }))),
        refused,
      );
    },
  },
  {
    name: "a wait without its execution is refused and takes no event",
    async run({ store }) {
      await store.correlations.deliver(delivery);
      await assert.rejects(store.correlations.wait(wait), { code: "not_found" });
      await assert.rejects(store.correlations.wait({ ...wait, key: "other" }), { code: "not_found" });
      assert.equal((await store.correlations.events({ key: "k" })).items.length, 1);
    },
  },
  {
    name: "a wait's id is taken once",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.correlations.wait({ ...wait, id: "w" });
      await assert.rejects(store.correlations.wait({ ...wait, id: "w", step: "t" }), { code: "duplicate" });
    },
  },
  {
    name: "of waits that travel together only the one without its execution fails",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) =>
          store.correlations.wait({ ...wait, key: `${i}`, executionId: i === 7 ? "none" : "e" }),
        ),
      );
      assert.deepEqual(
        outcomes.flatMap((each, i) => (each.status === "rejected" ? [i] : [])),
        [7],
      );
    },
  },
  {
    name: "a batch of waits is registered as a whole or not at all",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await assert.rejects(store.correlations.waitMany([wait, { ...wait, executionId: "none" }]), {
        code: "not_found",
      });
      assert.deepEqual((await store.correlations.list()).items, []);
    },
  },
  {
    name: "waits and deliveries run in a serializable transaction, and are refused in a repeatable read one",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.transaction((tx) => tx.correlations.wait(wait), { isolation: "serializable" });
      const stale = store.transaction((tx) => tx.correlations.deliver(delivery), { isolation: "repeatable read" });
      await assert.rejects(stale, { code: "invalid_input", facts: { field: "isolation" } });
      const outcome = await store.transaction((tx) => tx.correlations.deliver(delivery), { isolation: "serializable" });
      assert.equal(outcome.outcome, "delivered");
    },
  },
];
