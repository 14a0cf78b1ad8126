import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

/** Changes of status. */
export const tasksStatusCases: readonly ContractCase[] = [
  {
    name: "a task starts at its first run and ends once, and keeps its input",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.tasks.save({ id: "t", executionId: "e", name: "n", input: "in" });
      await clock.advance(1000);
      const running = await store.tasks.setStatus("t", "running");
      assert.ok(running.startedAt !== null && running.startedAt > running.createdAt && running.finishedAt === null);
      await clock.advance(1000);
      for (const status of ["waiting", "running", "paused", "running"] as const) {
        await store.tasks.setStatus("t", status);
      }
      const ended = await store.tasks.setStatus("t", "succeeded", { output: null, expectedVersion: 6 });
      assert.deepEqual(ended.startedAt, running.startedAt);
      assert.ok(ended.finishedAt !== null && ended.finishedAt > running.startedAt);
      const task = await store.tasks.require("t");
      assert.deepEqual([task.input, task.output, task.error, task.version], ["in", null, undefined, 7]);
    },
  },
  {
    name: "a task that is canceled before it ran never started",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.tasks.save({ id: "t", executionId: "e", name: "n" });
      const { startedAt, finishedAt } = await store.tasks.setStatus("t", "canceled", { error: { reason: "no" } });
      assert.ok(startedAt === null && finishedAt !== null);
      assert.deepEqual((await store.tasks.require("t")).error, { reason: "no" });
    },
  },
  {
    name: "a terminal status is final, and nothing returns to pending",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (const status of ["succeeded", "failed", "timed_out", "canceled"] as const) {
        await store.tasks.save({ id: status, executionId: "e", name: "n", status });
        for (const other of ["pending", "running", "waiting", "failed", "succeeded"] as const) {
          if (other === status) continue;
          await assert.rejects(store.tasks.setStatus(status, other), { code: "conflict" });
          const save = store.tasks.save({ id: status, executionId: "e", name: "n", status: other });
          await assert.rejects(save, { code: "conflict" });
        }
        assert.equal((await store.tasks.setStatus(status, status, { output: 1 })).version, 2);
      }
      await store.tasks.save({ id: "r", executionId: "e", name: "n", status: "running" });
      await assert.rejects(store.tasks.setStatus("r", "pending"), { code: "conflict" });
    },
  },
  {
    name: "a missing task and an unexpected version are refused, each to its own caller",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.tasks.save({ id: "t", executionId: "e", name: "n" });
      const [missing, wrong, right] = await Promise.allSettled([
        store.tasks.setStatus("x", "running"),
        store.tasks.setStatus("t", "paused", { expectedVersion: 5 }),
        store.tasks.setStatus("t", "running", { expectedVersion: 1 }),
      ]);
      assert.ok(missing.status === "rejected" && wrong.status === "rejected" && right.status === "fulfilled");
      assert.deepEqual((missing.reason as { code: string }).code, "not_found");
      assert.deepEqual((wrong.reason as { facts: object }).facts, {
        reason: "version",
        entity: "task",
        id: "t",
        expected: 5,
        actual: 1,
      });
      await assert.rejects(store.tasks.require("x"), { code: "not_found" });
      assert.equal(await store.tasks.get("x"), null);
    },
  },
  {
    name: "a task is locked in a transaction only",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.tasks.save({ id: "t", executionId: "e", name: "n", input: 1 });
      await assert.rejects(store.tasks.lock("t"), { code: "invalid_input", facts: { field: "lock" } });
      await store.transaction(async (tx) => {
        for (const mode of ["wait", "nowait", "skip_locked"] as const) {
          assert.deepEqual(await tx.tasks.lock("t", { mode }), await tx.tasks.require("t"));
          await assert.rejects(tx.tasks.lock("x", { mode }), { code: "not_found", facts: { entity: "task", id: "x" } });
        }
      });
    },
  },
  {
    name: "transactions that lock a task follow each other",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.tasks.save({ id: "t", executionId: "e", name: "n", output: 0 });
      const add = (): Promise<void> =>
        store.transaction(async (tx) => {
          const task = await tx.tasks.lock("t");
          await tx.tasks.save({ id: "t", executionId: "e", name: "n", output: Number(task.output) + 1 });
        });
      await Promise.all(Array.from({ length: 20 }, add));
      assert.equal((await store.tasks.require("t")).output, 20);
    },
  },
];
