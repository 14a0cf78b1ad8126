import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { TableStats } from "holdfast/health";
import type { ContractCase } from "../case.ts";

/** The promises about what a store says of itself: health, diagnosis, sizes, counts and metrics. */
export const healthContract: readonly ContractCase[] = [
  {
    name: "the store says that it is healthy",
    run: async ({ store }) => {
      await store.ping();
      const health = await store.health();
      assert.equal(health.isHealthy, true);
      assert.equal(health.missingMigrations, 0);
      assert.deepEqual([health.missingIndexes, health.error], [[], null]);
    },
  },
  {
    name: "stats say how much each table holds",
    run: async ({ store }) => {
      const tableOf = async (name: string): Promise<TableStats> => {
        const table = (await store.stats()).tables.find((each) => each.name === name);
        assert.ok(table);
        return table;
      };
      const before = await tableOf("kv_entries");
      const entries = Array.from({ length: 500 }, (_, i) => ({ prefix: "p", key: `${i}`, value: randomBytes(2000) }));
      await store.kv.setMany(entries);
      const after = await tableOf("kv_entries");
      assert.ok(after.tableBytes - before.tableBytes > 500_000);
      assert.ok(after.indexBytes > 0);
    },
  },
  {
    name: "stats add up the tables, and say how busy the connections are",
    run: async ({ store }) => {
      const { tables, bytes, connections } = await store.stats();
      assert.equal(
        bytes,
        tables.reduce((sum, table) => sum + table.tableBytes + table.indexBytes, 0),
      );
      assert.ok(["executions", "jobs", "history_entries"].every((name) => tables.some((table) => table.name === name)));
      assert.ok(connections.open >= 1 && connections.open <= connections.max);
      assert.deepEqual([connections.busy, connections.waiting], [0, 0]);
    },
  },
  {
    name: "an overview counts what is there by status, and the work of each queue",
    run: async ({ store }) => {
      await store.executions.createMany([{ id: "a" }, { id: "b", status: "running" }, { id: "c", status: "running" }]);
      await store.jobs.pushMany(Array.from({ length: 3 }, () => ({ queue: "q" })));
      await store.jobs.claim({ queues: ["q"], limit: 1, leaseMs: 60_000 });
      const { counts, queues, leases, timers } = await store.overview();
      assert.deepEqual([counts.executions.pending, counts.executions.running, counts.executions.failed], [1, 2, 0]);
      assert.deepEqual(
        queues.map(({ queue, kind, ready, running, dead }) => ({ queue, kind, ready, running, dead })),
        [{ queue: "q", kind: "job", ready: 2, running: 1, dead: 0 }],
      );
      assert.deepEqual([leases.count, leases.overdue, timers.count], [1, 0, 0]);
    },
  },
  {
    name: "a diagnosis finds nothing wrong with a new schema, and says what each check found",
    run: async ({ store }) => {
      const { checks } = await store.diagnose();
      const statuses = new Map(checks.map(({ name, status }) => [name, status]));
      assert.deepEqual(
        ["schema", "objects", "indexes", "privileges"].map((name) => statuses.get(name)),
        ["ok", "ok", "ok", "ok"],
      );
      assert.ok(checks.every(({ finding }) => finding !== ""));
    },
  },
  {
    name: "metrics are text for Prometheus, with the work of each queue",
    run: async ({ store }) => {
      await store.jobs.pushMany([{ queue: "q" }, { queue: "q" }]);
      const { contentType, text } = await store.metrics();
      assert.match(contentType, /^text\/plain; version=/);
      assert.match(text, /^holdfast_up\{?.*\}? 1$/m);
      assert.match(text, /^holdfast_\w+\{[^}]*queue="q"[^}]*\} 2$/m);
    },
  },
];
