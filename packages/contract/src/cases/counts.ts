import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { ContractCase } from "../case.ts";

const payload = Uint8Array.of(1);
const snapshot = { persistenceId: "p", version: 1n, payload };

/** Every argument that is a count, by the field that an error names. */
const counted: readonly (readonly [string, (store: Store, count: number) => unknown])[] = [
  ["expectedVersion", ({ executions }, count) => executions.save({ id: "e", expectedVersion: count })],
  ["token", ({ executions }, count) => executions.save({ id: "e", token: count })],
  ["inputs[0].expectedVersion", ({ executions }, count) => executions.saveMany([{ id: "e", expectedVersion: count }])],
  ["expectedVersion", ({ executions }, count) => executions.setStatus("e", "failed", { expectedVersion: count })],
  ["token", ({ executions }, count) => executions.setStatus("e", "failed", { token: count })],
  ["expectedVersion", ({ executions }, count) => executions.complete("e", { expectedVersion: count })],
  ["token", ({ executions }, count) => executions.complete("e", { token: count })],
  ["at", ({ executions }, count) => executions.fork("e", { at: count })],
  ["token", ({ executions }, count) => executions.releaseLease("e", count)],
  ["claims[0].token", ({ executions }, count) => executions.heartbeat([{ id: "e", token: count }])],
  ["require.version", ({ executions }, count) => executions.transition("e", { require: { version: count } })],
  ["require.token", ({ executions }, count) => executions.transition("e", { require: { token: count } })],
  ["holding[0].token", ({ executions }, count) => executions.transition("e", { holding: [{ id: "j", token: count }] })],
  [
    "expectedNext",
    ({ executions }, count) => executions.transition("e", { history: [{ kind: "a" }], expectedNext: count }),
  ],
  [
    "complete[0].claim.token",
    ({ executions }, count) => executions.transition("e", { complete: [{ claim: { id: "j", token: count } }] }),
  ],
  [
    "acknowledge[0].token",
    ({ executions }, count) => executions.transition("e", { acknowledge: [{ id: "t", token: count }] }),
  ],
  ["expectedVersion", ({ tasks }, count) => tasks.save({ executionId: "e", name: "n", expectedVersion: count })],
  ["expectedVersion", ({ tasks }, count) => tasks.setStatus("t", "failed", { expectedVersion: count })],
  [
    "expectedVersion",
    ({ components }, count) => components.save({ executionId: "e", component: "c", state: 1, expectedVersion: count }),
  ],
  ["expectedVersion", ({ kv }, count) => kv.set({ prefix: "p", key: "k", value: null, expectedVersion: count })],
  [
    "expectedVersion",
    ({ kv }, count) => kv.compareAndSet({ prefix: "p", key: "k", value: null, expectedVersion: count }),
  ],
  ["expectedVersion", ({ kv }, count) => kv.remove("p", "k", { expectedVersion: count })],
  ["keys[0].expectedVersion", ({ kv }, count) => kv.removeMany([{ prefix: "p", key: "k", expectedVersion: count }])],
  [
    "expectedVersion",
    ({ schedules }, count) => schedules.save({ id: "s", queue: "q", everyMs: 1000, expectedVersion: count }),
  ],
  ["expectedNext", ({ history }, count) => history.append("e", [{ kind: "a" }], { expectedNext: count })],
  ["from", ({ history }, count) => history.read("e", { from: count })],
  ["from", async ({ history }, count) => history.subscribe("e", { from: count })],
  ["claim.token", ({ jobs }, count) => jobs.complete({ id: "j", token: count })],
  ["claim.token", ({ jobs }, count) => jobs.fail({ id: "j", token: count })],
  ["claim.token", ({ jobs }, count) => jobs.release({ id: "j", token: count })],
  ["claims[0].token", ({ jobs }, count) => jobs.heartbeat([{ id: "j", token: count }], { leaseMs: 1000 })],
  ["claim.token", ({ timers }, count) => timers.acknowledge({ id: "t", token: count })],
  ["claim.token", ({ timers }, count) => timers.release({ id: "t", token: count })],
  ["claims[0].token", ({ timers }, count) => timers.heartbeat([{ id: "t", token: count }])],
  ["shard", ({ snapshots }, count) => snapshots.write({ ...snapshot, shard: count })],
  ["expectedGeneration", ({ snapshots }, count) => snapshots.write({ ...snapshot, expectedGeneration: count })],
  ["shard", ({ snapshots }, count) => snapshots.list({ shard: count })],
  ["shard", ({ snapshots }, count) => snapshots.count({ shard: count })],
];

/** What is counted, and the numbers of 64 bits that are the caller's own. */
export const countsContract: readonly ContractCase[] = [
  {
    name: "a count is a number from 0 to 2^53 - 1: any other is refused by name before anything is sent",
    async run({ store }) {
      const wrong: readonly unknown[] = [1n, -1, 1.5, Number.NaN, 2 ** 53, 2 ** 63, "1"];
      for (const [field, call] of counted) {
        for (const count of wrong) {
          const refused = (async () => call(store, count as number))();
          await assert.rejects(refused, { code: "invalid_input", facts: { field } }, `${field} as ${String(count)}`);
        }
      }
      assert.deepEqual(await store.executions.list(), { items: [], next: null, cursors: [] });
    },
  },
  {
    name: "the largest count is like any other: it gets as far as the database, and finds nothing",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (const [field, call] of counted.filter(([name]) => name !== "shard" && name !== "from")) {
        const outcome = await (async () => call(store, Number.MAX_SAFE_INTEGER))().catch((error: unknown) => error);
        const { code } = outcome as { readonly code?: string };
        assert.notEqual(code, "invalid_input", `${field}: ${String(outcome)}`);
      }
    },
  },
  {
    name: "JSON has a snapshot's own numbers as text, in a page, in what a write gives and in a conflict",
    async run({ store: { snapshots } }) {
      const version = 2n ** 63n - 1n;
      const written = await snapshots.write({ ...snapshot, version, timestamp: -5n });
      const text = String(version);
      assert.deepEqual(JSON.parse(JSON.stringify([written])), [{ ...written, version: text }]);
      const latest = await snapshots.require("p");
      const page = await snapshots.versions("p");
      for (const record of [
        latest,
        await snapshots.at("p", version),
        page.items[0],
        (await snapshots.list()).items[0],
      ]) {
        const json = JSON.parse(JSON.stringify({ record })) as { readonly record: object };
        assert.deepEqual(
          { ...json.record, payload: undefined },
          {
            ...record,
            version: text,
            timestamp: "-5",
            payload: undefined,
            createdAt: latest.createdAt.toISOString(),
            updatedAt: latest.updatedAt.toISOString(),
          },
        );
      }
      const migrated = await snapshots.require("p", { migrate: () => ({ manifest: "m" }) });
      assert.match(JSON.stringify(migrated), new RegExp(`"version":"${text}".*"manifest":"m"`));
      const older = await snapshots.write({ ...snapshot, version: version - 1n }).catch((error: unknown) => error);
      const { facts } = older as { readonly facts: object };
      const numbers = { expected: String(version - 1n), actual: text };
      assert.deepEqual(JSON.parse(JSON.stringify(facts)), { ...facts, ...numbers });
      assert.deepEqual(structuredClone(latest), { ...latest });
      assert.deepEqual(Object.keys(latest).includes("toJSON"), false);
    },
  },
];
