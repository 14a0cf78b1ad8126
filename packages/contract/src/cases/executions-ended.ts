import assert from "node:assert/strict";
import type { Status, Store } from "holdfast";
import type { ContractCase } from "../case.ts";
import { areHeld } from "./held.ts";

/** What an ended execution refuses, and what it allows still. */
export const executionsEndedCases: readonly ContractCase[] = [
  {
    name: "an ended execution is frozen, and with it all that belongs to it",
    async run({ store }) {
      for (const status of ["succeeded", "failed", "timed_out", "canceled"] as const) {
        await endedExecution(store, status);
        const before = await everything(store);
        for (const [name, write] of writes) {
          await assert.rejects(
            write(store),
            { code: "conflict", facts: { reason: "ended", entity: "execution", id: "e", status } },
            name,
          );
        }
        await assert.rejects(store.executions.setStatus("e", status === "failed" ? "canceled" : "failed"), {
          code: "conflict",
        });
        assert.deepEqual(await everything(store), before);
        await store.executions.remove("e");
      }
    },
  },
  {
    name: "one refused call among concurrent ones refuses no other",
    async run({ store }) {
      await endedExecution(store, "succeeded");
      await store.executions.create({ id: "open", status: "running" });
      const outcomes = await Promise.allSettled(
        ["e", "open", "e", "open"].flatMap((executionId) => [
          store.tasks.save({ executionId, name: "t" }),
          store.components.save({ executionId, component: executionId, state: 1 }),
          store.timers.schedule({ executionId, step: "s", afterMs: 0 }),
          store.history.append(executionId, [{ kind: "k" }]),
          store.jobs.push({ queue: "q", executionId }),
          store.executions.transition(executionId, { tasks: [{ name: "t" }] }),
        ]),
      );
      const answers = outcomes.map(({ status }) => status);
      const rejected = Array.from({ length: 6 }, () => "rejected");
      const fulfilled = Array.from({ length: 6 }, () => "fulfilled");
      assert.deepEqual(answers, [...rejected, ...fulfilled, ...rejected, ...fulfilled]);
    },
  },
  {
    name: "labels and usage of an ended execution change",
    async run({ store: { executions } }) {
      await executions.create({ id: "e", input: { a: [1] }, status: "running" });
      await executions.complete("e", { transform: () => ({ b: null }) });
      await executions.addUsage("e", { tokens: 5 });
      await executions.transition("e", { labels: { kept: true }, usage: { tokens: 1 } });
      await executions.save({ id: "e", labels: { kept: false } });
      const ended = await executions.require("e");
      assert.deepEqual([ended.labels, ended.usage], [{ kept: false }, { tokens: 6 }]);
      await executions.setStatus("e", "succeeded");
      assert.deepEqual((await executions.require("e")).output, { b: null });
      assert.equal((await executions.list({ labels: { kept: false } })).items.length, 1);
    },
  },
  {
    name: "an ended execution may be written again as it is",
    async run({ store: { executions } }) {
      await executions.create({ id: "e", input: { a: [1] }, status: "running" });
      await executions.complete("e", { transform: () => ({ b: null }) });
      const ended = await executions.require("e");
      await executions.save(ended);
      assert.deepEqual((await executions.require("e")).output, { b: null });
    },
  },
  {
    name: "what was under way when an execution ended can be acknowledged and canceled",
    async run({ store }) {
      const { executions, jobs, timers, correlations } = store;
      await executions.create({ id: "e", status: "running" });
      const lease = await executions.acquireLease("e", { holder: "me", leaseMs: 60_000 });
      await jobs.pushMany(["done", "failed", "step", "left"].map((id) => ({ id, queue: "q", executionId: "e" })));
      const { wait } = await waiting(store);
      for (const id of ["fired", "gone"]) {
        await timers.schedule({ id, executionId: "e", step: id, afterMs: 0, dedupeKey: id });
      }
      const claimed = await jobs.claim({ queues: ["q"], limit: 3, leaseMs: 60_000 });
      const [timer] = await timers.claim({ limit: 1, leaseMs: 60_000 });
      await executions.complete("e");

      const claim = (id: string): (typeof claimed)[number] =>
        claimed.find((job) => job.id === id) ?? assert.fail(`${id} was not claimed`);
      assert.equal((await jobs.complete(claim("done"), { result: 1 })).ok, true);
      assert.equal((await jobs.fail(claim("failed"), { error: "no", final: true })).ok, true);
      await executions.transition("e", { complete: [{ claim: claim("step") }] });
      assert.equal(await jobs.cancel("left"), true);
      assert.ok(timer);
      assert.equal((await timers.acknowledge(timer)).ok, true);
      assert.equal(await timers.cancelAll({ executionId: "e" }), 1);
      assert.equal(await correlations.cancel(wait), true);
      assert.ok(lease);
      assert.deepEqual(areHeld(await executions.heartbeat([{ id: "e", token: lease.token }], { leaseMs: 60_000 })), [
        false,
      ]);
      assert.equal(await executions.releaseLease("e", lease.token), false);
      assert.equal(await executions.leaseOf("e"), null);
      // A call that is made again finds what it made before.
      assert.equal((await jobs.push({ id: "done", queue: "q", executionId: "e" })).outcome, "kept");
      const again = { executionId: "e", step: "fired", afterMs: 0, dedupeKey: "fired" };
      assert.equal((await timers.schedule(again)).outcome, "kept");
      assert.equal((await executions.complete("e")).status, "succeeded");
    },
  },
  {
    name: "an ended execution is read, forked, named as a parent and removed",
    async run({ store }) {
      await endedExecution(store, "failed");
      const { id } = await store.executions.fork("e");
      assert.equal((await store.history.read(id)).items.length, 1);
      await store.history.append(id, [{ kind: "own" }]);
      await store.tasks.save({ executionId: id, name: "own" });
      await store.executions.create({ id: "again", parentId: "e" });
      assert.equal((await store.tasks.list({ executionId: "e" })).items.length, 2);
      assert.equal(await store.executions.remove("e"), true);
      assert.equal((await store.history.read(id)).items.length, 2);
    },
  },
  {
    name: "the step that ends an execution writes its last tasks, states, jobs and entries",
    async run({ store: { executions, tasks, components, history, jobs } }) {
      for (const [i, status] of (["succeeded", "failed"] as const).entries()) {
        const id = `e${i}`;
        await executions.create({ id, status: "running" });
        await tasks.save({ id: `t${i}`, executionId: id, name: "t", status: "running" });
        const step = await executions.transition(id, {
          status,
          output: i,
          tasks: [{ name: "last", status: "succeeded" }],
          taskStatuses: [{ id: `t${i}`, status: "succeeded" }],
          components: [{ component: "c", state: i }],
          jobs: [{ queue: "cleaning" }],
          history: [{ kind: "ended" }],
        });
        assert.equal(step.execution?.status, status);
        assert.equal((await tasks.list({ executionId: id, status: "succeeded" })).items.length, 2);
        assert.equal((await components.require(id, "c")).state, i);
        assert.equal(await history.count(id), 1);
        const late = executions.transition(id, { history: [{ kind: "late" }] });
        await assert.rejects(late, { code: "conflict", facts: { reason: "ended", entity: "execution", id, status } });
      }
      assert.equal((await jobs.list({ queue: "cleaning" })).items.length, 2);
    },
  },
  {
    name: "an Error is kept by its name, message and stack, wherever an error is given",
    async run({ store: { executions, tasks, jobs } }) {
      const error = new RangeError("too far");
      const { stack } = error;
      const kept = { name: "RangeError", message: "too far", stack };
      for (const id of ["set", "saved", "step"]) await executions.create({ id, status: "running" });
      await tasks.saveMany(["set", "step"].map((id) => ({ id, executionId: "step", name: id, error })));
      await tasks.setStatus("set", "failed", { error });
      await executions.setStatus("set", "failed", { error });
      await executions.save({ id: "saved", status: "failed", error });
      await executions.transition("step", {
        status: "failed",
        error,
        tasks: [{ id: "new", name: "new", error }],
        taskStatuses: [{ id: "step", status: "failed", error }],
      });
      for (const id of ["set", "saved", "step"]) assert.deepEqual((await executions.require(id)).error, kept, id);
      for (const id of ["set", "step", "new"]) assert.deepEqual((await tasks.require(id)).error, kept, id);
      await jobs.push({ id: "j", queue: "q" });
      const [job] = await jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(job);
      await jobs.fail(job, { error, final: true });
      assert.deepEqual((await jobs.require("j")).error, kept);
    },
  },
  {
    name: "no task is left pending by a save that races a completion",
    async run({ store }) {
      for (let round = 0; round < 5; round++) {
        const id = `e${round}`;
        await store.executions.create({ id, status: "running" });
        await Promise.allSettled([
          ...Array.from({ length: 4 }, (_, i) => store.tasks.save({ executionId: id, name: `t${i}` })),
          store.executions.complete(id),
          store.executions.transition(id, { tasks: [{ name: "step" }] }),
        ]);
        const { status } = await store.executions.require(id);
        const pending = await store.tasks.count({ executionId: id });
        if (status === "succeeded") assert.equal(pending, 0);
      }
    },
  },
];

/** Everything that would change the ended execution "e". */
const writes: readonly (readonly [string, (store: Store) => Promise<unknown>])[] = [
  ["save state", ({ executions }) => executions.save({ id: "e", state: 2 })],
  ["save output", ({ executions }) => executions.save({ id: "e", output: 2 })],
  ["save many", ({ executions }) => executions.saveMany([{ id: "e", error: 2 }, { id: "new" }])],
  ["save strategy", ({ executions }) => executions.save({ id: "e", strategy: "race" })],
  ["step with state", ({ executions }) => executions.transition("e", { state: 2 })],
  ["step with task", ({ executions }) => executions.transition("e", { tasks: [{ name: "new" }] })],
  ["step with labels and history", ({ executions }) => executions.transition("e", stepWithLabels)],
  ["lease", ({ executions }) => executions.acquireLease("e", { holder: "me", leaseMs: 1000 })],
  ["task", ({ tasks }) => tasks.save({ executionId: "e", name: "new" })],
  ["task by id", ({ tasks }) => tasks.save({ id: "new", executionId: "e", name: "new" })],
  ["stored task", ({ tasks }) => tasks.save({ id: "t", executionId: "e", name: "t", output: 2 })],
  ["tasks", ({ tasks }) => tasks.saveMany([{ id: "t", executionId: "e", name: "t" }, named("u")])],
  ["tasks with parents", ({ tasks }) => tasks.saveMany([{ ...named("u"), parentId: "t" }, named("v")])],
  ["task status", ({ tasks }) => tasks.setStatus("t", "running")],
  ["children", ({ tasks }) => tasks.createChildren("t", [{ name: "child" }])],
  ["propagation", ({ tasks }) => tasks.propagate("child")],
  ["component", ({ components }) => components.save({ executionId: "e", component: "new", state: 1 })],
  ["stored component", ({ components }) => components.save({ executionId: "e", component: "c", state: 2 })],
  ["component's removal", ({ components }) => components.remove("e", "c")],
  ["timer", ({ timers }) => timers.schedule({ executionId: "e", step: "s", afterMs: 0 })],
  ["keyed timer", ({ timers }) => timers.schedule({ executionId: "e", step: "s", afterMs: 0, dedupeKey: "new" })],
  ["wait", ({ correlations }) => correlations.wait({ key: "new", executionId: "e", step: "s" })],
  ["step with waits", ({ executions }) => executions.transition("e", { waits: ["k", "l"].map(waitFor) })],
  ["job", ({ jobs }) => jobs.push({ queue: "q", executionId: "e" })],
  ["jobs", ({ jobs }) => jobs.pushMany([{ queue: "q", executionId: "e" }, { queue: "other" }])],
  ["job by id", ({ jobs }) => jobs.push({ id: "new", queue: "q", executionId: "e" })],
  ["unique job", ({ jobs }) => jobs.push({ queue: "q", executionId: "e", uniqueKey: "new" })],
  ["entry", ({ history }) => history.append("e", [{ kind: "new" }])],
  ["expected entry", ({ history }) => history.append("e", [{ kind: "new" }], { expectedNext: 2 })],
];

const stepWithLabels = { labels: { a: 1 }, history: [{ kind: "new" }] };

function named(id: string): { readonly id: string; readonly executionId: string; readonly name: string } {
  return { id, executionId: "e", name: id };
}

function waitFor(key: string): { readonly key: string; readonly step: string } {
  return { key, step: key };
}

async function waiting({ correlations }: Store): Promise<{ readonly wait: string }> {
  const outcome = await correlations.wait({ key: "k", executionId: "e", step: "s" });
  if (outcome.outcome !== "waiting") return assert.fail("it was delivered");
  return { wait: outcome.wait.id };
}

/** The execution "e" with something of everything, which has ended then. */
async function endedExecution(store: Store, status: Status): Promise<void> {
  await store.executions.create({ id: "e", input: 1, state: 1, labels: { a: 0 }, status: "running" });
  await store.tasks.saveMany([
    { id: "t", executionId: "e", name: "t" },
    { id: "child", executionId: "e", name: "child", parentId: "t", status: "succeeded" },
  ]);
  await store.components.save({ executionId: "e", component: "c", state: 1 });
  await store.history.append("e", [{ kind: "first" }]);
  await store.executions.setStatus("e", status);
}

async function everything(store: Store): Promise<unknown> {
  return {
    execution: await store.executions.require("e"),
    tasks: await store.tasks.list({ executionId: "e" }),
    components: await store.components.list("e"),
    history: await store.history.read("e"),
    timers: await store.timers.list({ executionId: "e" }),
    waits: await store.correlations.list(),
    jobs: await store.jobs.list(),
    executions: (await store.executions.list()).items.length,
  };
}
