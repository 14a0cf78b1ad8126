import assert from "node:assert/strict";
import type { ClaimedJob, Store } from "holdfast";
import type { ContractCase } from "../case.ts";

/** An execution with a job that it fails with, claimed; and with all else that an execution may have. */
async function fatalJob({ executions, jobs, timers, correlations }: Store, id: string): Promise<ClaimedJob> {
  await executions.create({ id, status: "running" });
  await jobs.push({ id: `${id}-sibling`, queue: `${id}-others`, executionId: id });
  await timers.schedule({ id: `${id}-timer`, executionId: id, step: "s", afterMs: 60_000 });
  await correlations.wait({ id: `${id}-wait`, executionId: id, step: "s", key: id });
  await jobs.push({ queue: id, executionId: id, failsExecution: true, maxAttempts: 2 });
  return claimOne({ jobs }, id);
}

async function claimOne({ jobs }: Pick<Store, "jobs">, queue: string): Promise<ClaimedJob> {
  const [claim] = await jobs.claim({ queues: [queue], limit: 1, leaseMs: 60_000 });
  assert.ok(claim);
  return claim;
}

/** Whether the execution has failed with all that was left of it. */
async function assertFailed(store: Store, id: string, error: unknown): Promise<void> {
  const execution = await store.executions.require(id);
  assert.deepEqual([execution.status, execution.error], ["failed", error]);
  assert.ok(execution.finishedAt);
  assert.equal((await store.jobs.require(`${id}-sibling`)).status, "canceled");
  assert.equal((await store.timers.get(`${id}-timer`))?.status ?? "canceled", "canceled");
  assert.deepEqual((await store.correlations.list({ executionId: id })).items, []);
}

/** The promises of jobs whose executions fail with them. */
export const jobsFatalCases: readonly ContractCase[] = [
  {
    name: "the execution of a job that ends dead fails with it, and with its error, and not before",
    async run({ store }) {
      const first = await fatalJob(store, "e");
      assert.equal((await store.jobs.require(first.id)).failsExecution, true);
      await store.jobs.fail(first, { error: "once", retryAfterMs: 0 });
      assert.equal((await store.executions.require("e")).status, "running");
      const second = await claimOne(store, "e");
      assert.deepEqual(await store.jobs.fail(second, { error: "twice" }), { ok: true, status: "dead" });
      await assertFailed(store, "e", "twice");
    },
  },
  {
    name: "a final failure, one of many, and one in a transition fail it too",
    async run({ store }) {
      const one = await fatalJob(store, "a");
      await store.jobs.fail(one, { error: "final", final: true });
      await assertFailed(store, "a", "final");

      const claims = [await fatalJob(store, "b"), await fatalJob(store, "c")];
      await store.jobs.failMany(claims.map((claim) => ({ claim, error: claim.executionId, final: true })));
      await assertFailed(store, "b", "b");
      await assertFailed(store, "c", "c");

      const { id, token } = await fatalJob(store, "d");
      const { failed } = await store.executions.transition("d", {
        fail: [{ claim: { id, token }, error: "in a step", final: true }],
        history: [{ kind: "gave up" }],
        state: { steps: 1 },
      });
      assert.deepEqual(failed, [{ ok: true, status: "dead" }]);
      await assertFailed(store, "d", "in a step");
      assert.deepEqual((await store.executions.require("d")).state, { steps: 1 });
      assert.equal(await store.history.count("d"), 1);
    },
  },
  {
    name: "a job that is lost on its last attempt fails its execution, by the next claim or by a rescue",
    async run({ store, clock }) {
      for (const by of ["claim", "rescue"] as const) {
        const first = await fatalJob(store, by);
        await store.jobs.fail(first, { retryAfterMs: 0 });
        const last = await claimOne(store, by);
        await clock.advance(60_001);
        if (by === "rescue") assert.deepEqual(await store.jobs.rescue(), { reclaimed: 0, died: 1 });
        else assert.deepEqual(await store.jobs.claim({ queues: [by], limit: 1 }), []);
        const execution = await store.executions.result(by, { timeoutMs: 10_000 });
        assert.ok(execution);
        assert.equal(execution.status, "failed");
        assert.equal((await store.jobs.require(last.id)).status, "dead");
        assert.deepEqual((execution.error as { readonly name: string }).name, "LeaseExpired");
      }
    },
  },
  {
    name: "its holder loses its lease, and a parent that is parked for it wakes",
    async run({ store }) {
      await store.executions.create({ id: "parent", queue: "q" });
      const [parent] = await store.executions.claim({ queues: ["q"], limit: 1 });
      assert.ok(parent);
      await store.executions.create({ id: "child", queue: "q", parentId: "parent" });
      await store.executions.transition("parent", { require: { token: parent.token }, park: { children: true } });
      const [child] = await store.executions.claim({ queues: ["q"], limit: 1 });
      assert.ok(child);
      await store.jobs.push({ queue: "work", executionId: "child", failsExecution: true });
      await store.jobs.fail(await claimOne(store, "work"), { error: "dead", final: true });
      assert.deepEqual(await store.executions.heartbeat([child]), [null]);
      const [woken] = await store.executions.claim({ queues: ["q"], limit: 9 });
      assert.equal(woken?.id, "parent");
    },
  },
  {
    name: "jobs that do not say so, that are canceled, or whose execution has ended, fail nothing",
    async run({ store }) {
      await store.executions.create({ id: "e", status: "running" });
      await store.jobs.push({ queue: "q", executionId: "e" });
      await store.jobs.fail(await claimOne(store, "q"), { final: true });
      await store.jobs.push({ queue: "q", executionId: "e", failsExecution: true });
      await store.jobs.cancel((await claimOne(store, "q")).id);
      assert.equal((await store.executions.require("e")).status, "running");
      await store.jobs.push({ queue: "q", executionId: "e", failsExecution: true });
      const late = await claimOne(store, "q");
      await store.executions.setStatus("e", "succeeded");
      await store.jobs.fail(late, { error: "late", final: true });
      const { status, error } = await store.executions.require("e");
      assert.deepEqual([status, error], ["succeeded", undefined]);
    },
  },
];
