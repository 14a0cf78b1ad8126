import assert from "node:assert/strict";
import { ConflictError, InvalidInputError, LeaseLostError, NotFoundError, type Store } from "holdfast";
import type { ContractCase } from "../case.ts";
import { pushedAs } from "./pushed.ts";
import { transitionJobsCases } from "./transition-jobs.ts";

/** An execution with a task, and a claimed job. */
async function begin(store: Store): Promise<{ readonly id: string; readonly token: number }> {
  await store.executions.create({ id: "x", status: "running" });
  await store.tasks.save({ id: "t1", executionId: "x", name: "one", status: "running" });
  await store.jobs.push({ id: "j1", queue: "q", executionId: "x" });
  const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1 });
  assert.ok(claim);
  return { id: claim.id, token: claim.token };
}

/** What `transition` must leave untouched when it fails. */
async function traces(store: Store): Promise<readonly unknown[]> {
  const execution = await store.executions.require("x");
  const task = await store.tasks.require("t1");
  return [
    execution.version,
    execution.status,
    task.status,
    await store.history.count("x"),
    (await store.jobs.list({ queue: "next" })).items.length,
    (await store.timers.list({ executionId: "x" })).items.length,
    (await store.components.list("x")).items.length,
  ];
}

const everything = {
  status: "waiting",
  state: { at: 2 },
  tasks: [{ id: "t2", name: "two" }],
  taskStatuses: [{ id: "t1", status: "succeeded", output: 7 }],
  components: [{ component: "c", state: { n: 1 } }],
  waits: [{ key: "payment", step: "pay" }],
  timers: [{ id: "tm", step: "remind", afterMs: 1000 }],
  jobs: [{ id: "j2", queue: "next" }],
  history: [{ kind: "a" }, { kind: "b", payload: null }],
} as const;

/** The promises of `executions.transition`. */
export const transitionContract: readonly ContractCase[] = [
  {
    name: "a transition reads the history behind an entry, its own entries among it, and answers when they were recorded",
    run: async ({ store }) => {
      const { executions, history } = store;
      await executions.createMany([{ id: "x" }, { id: "y" }]);
      await history.append("x", [{ kind: "a", payload: 1 }, { kind: "b" }]);
      const steps = [0, 1, 9].map((entriesAfter) =>
        executions.transition("x", { history: [{ kind: `own ${entriesAfter}` }], entriesAfter }),
      );
      const other = executions.transition("y", { entriesAfter: 0 });
      const results = await Promise.all(steps);
      const { items } = await history.read("x");
      for (const [i, { entries, recordedAt, entriesAfter }] of results.entries()) {
        const [number = 0] = entries;
        assert.deepEqual(recordedAt, items[number - 1]?.recordedAt);
        const behind = entriesAfter.filter((entry) => entry.number <= number);
        assert.deepEqual(behind, items.slice([0, 1, 9][i], number));
      }
      const { entriesAfter, recordedAt, entries } = await other;
      assert.deepEqual([entriesAfter, recordedAt, entries], [[], null, []]);
      const forked = await executions.fork("x", { at: 2 });
      const fork = await executions.transition(forked.id, { history: [{ kind: "c" }], entriesAfter: 1 });
      assert.deepEqual(fork.entriesAfter, (await history.read(forked.id, { from: 2 })).items);
    },
  },
  {
    name: "a transition changes all that it names, and tells what it did",
    run: async ({ store }) => {
      const claim = await begin(store);
      const result = await store.executions.transition("x", { ...everything, complete: [{ claim, result: "done" }] });
      assert.equal(result.execution?.status, "waiting");
      assert.deepEqual(result.entries, [1, 2]);
      assert.deepEqual(result.jobs, [await pushedAs(store, { id: "j2", outcome: "created", status: "ready" })]);
      assert.equal(result.waits[0]?.outcome, "waiting");
      assert.equal(result.timers[0]?.outcome, "scheduled");
      assert.deepEqual((await store.executions.require("x")).state, { at: 2 });
      assert.equal((await store.tasks.require("t1")).output, 7);
      assert.equal((await store.tasks.require("t2")).status, "pending");
      assert.deepEqual((await store.components.require("x", "c")).state, { n: 1 });
      const job = await store.jobs.require("j1");
      assert.deepEqual([job.status, job.result], ["succeeded", "done"]);
      assert.equal((await store.timers.require("tm")).status, "scheduled");
    },
  },
  {
    name: "a transition with a stale claim changes nothing",
    run: async ({ store, clock }) => {
      const claim = await begin(store);
      const before = await traces(store);
      await clock.advance(31_000);
      await assert.rejects(store.executions.transition("x", { ...everything, complete: [{ claim }] }), LeaseLostError);
      await assert.rejects(store.executions.transition("x", { ...everything, holding: [claim] }), LeaseLostError);
      const [again] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(again && again.token > claim.token);
      await assert.rejects(store.executions.transition("x", { ...everything, complete: [{ claim }] }), LeaseLostError);
      assert.deepEqual(await traces(store), before);
    },
  },
  {
    name: "a transition with a stale lease, a wrong version or a wrong number changes nothing",
    run: async ({ store }) => {
      await begin(store);
      const lease = await store.executions.acquireLease("x", { holder: "me", leaseMs: 60_000 });
      assert.ok(lease);
      const before = await traces(store);
      await assert.rejects(
        store.executions.transition("x", { ...everything, require: { token: lease.token - 1 } }),
        LeaseLostError,
      );
      await assert.rejects(
        store.executions.transition("x", { ...everything, require: { version: 99 } }),
        ConflictError,
      );
      await assert.rejects(store.executions.transition("x", { ...everything, expectedNext: 5 }), ConflictError);
      await assert.rejects(
        store.executions.transition("x", { ...everything, taskStatuses: [{ id: "nobody", status: "failed" }] }),
        NotFoundError,
      );
      await assert.rejects(store.executions.transition("nowhere", { ...everything, taskStatuses: [] }), NotFoundError);
      assert.deepEqual(await traces(store), before);
      await store.executions.transition("x", { ...everything, require: { token: lease.token }, expectedNext: 1 });
    },
  },
  {
    name: "a status that may not follow refuses the whole transition",
    run: async ({ store }) => {
      await begin(store);
      await store.tasks.setStatus("t1", "failed");
      const before = await traces(store);
      await assert.rejects(store.executions.transition("x", everything), ConflictError);
      assert.deepEqual(await traces(store), before);
    },
  },
  {
    name: "bad input is refused before anything is sent, and fails no other caller",
    run: async ({ store }) => {
      await begin(store);
      const good = store.executions.transition("x", { history: [{ kind: "good" }] });
      const bad = store.executions.transition("x", { components: [{ component: "c", state: Number.NaN }] });
      await assert.rejects(bad, InvalidInputError);
      assert.deepEqual((await good).entries, [1]);
    },
  },
  {
    name: "one caller's lost claim fails no other caller's transition",
    run: async ({ store }) => {
      await begin(store);
      const outcomes = await Promise.allSettled([
        ...Array.from({ length: 20 }, (_, i) =>
          store.executions.transition("x", { history: [{ kind: "ok", payload: i }] }),
        ),
        store.executions.transition("x", { holding: [{ id: "j1", token: 99 }], history: [{ kind: "stale" }] }),
      ]);
      assert.equal(outcomes.filter((outcome) => outcome.status === "fulfilled").length, 20);
      assert.equal(await store.history.count("x"), 20);
      const { items } = await store.history.read("x");
      assert.deepEqual(
        items.map((entry) => entry.payload),
        Array.from({ length: 20 }, (_, i) => i),
      );
    },
  },
  {
    name: "ancestors follow the statuses of tasks in the same transition",
    run: async ({ store }) => {
      await begin(store);
      await store.tasks.saveMany([
        { id: "root", executionId: "x", name: "root", type: "composite" },
        { id: "leaf", executionId: "x", name: "leaf", parentId: "root" },
      ]);
      await store.executions.transition("x", { taskStatuses: [{ id: "leaf", status: "running" }] });
      assert.equal((await store.tasks.require("root")).status, "running");
      const result = await store.executions.transition("x", { taskStatuses: [{ id: "leaf", status: "succeeded" }] });
      assert.equal((await store.tasks.require("root")).status, "succeeded");
      assert.deepEqual(
        result.propagated.map((task) => task.id),
        ["root"],
      );
    },
  },
  {
    name: "a wait in a transition takes an event that came early",
    run: async ({ store }) => {
      await begin(store);
      await store.correlations.deliver({ key: "payment", payload: { paid: true } });
      const { waits } = await store.executions.transition("x", { waits: [{ key: "payment", step: "pay" }] });
      assert.deepEqual(waits[0]?.outcome === "delivered" && waits[0].event.payload, { paid: true });
    },
  },
  {
    name: "a transition inside a transaction is undone with it",
    run: async ({ store }) => {
      await begin(store);
      const before = await traces(store);
      await assert.rejects(
        store.transaction(async (tx) => {
          await tx.executions.transition("x", everything);
          assert.equal((await tx.tasks.require("t1")).status, "succeeded");
          throw new RangeError("undo");
        }),
        RangeError,
      );
      assert.deepEqual(await traces(store), before);
    },
  },
  {
    name: "a transition of an execution that does not exist is refused, whatever it holds",
    run: async ({ store }) => {
      const facts = { entity: "execution", id: "nowhere" };
      for (const input of [
        {},
        { jobs: [{ id: "j", queue: "q" }] },
        { cancelTimers: ["t"] },
        { status: "running" },
      ] as const) {
        await assert.rejects(store.executions.transition("nowhere", input), (error) => {
          assert.ok(error instanceof NotFoundError);
          assert.deepEqual(error.facts, facts);
          return true;
        });
      }
      assert.equal(await store.jobs.get("j"), null);
    },
  },
  {
    name: "a transition changes nothing of another execution",
    run: async ({ store }) => {
      const { id, token } = await begin(store);
      await store.timers.schedule({ id: "due", executionId: "x", step: "s", afterMs: 0 });
      await store.timers.schedule({ id: "later", executionId: "x", step: "s", afterMs: 60_000 });
      const [due] = await store.timers.claim();
      assert.ok(due);
      await store.executions.create({ id: "y", status: "running" });
      const claim = { id, token };
      const refused = [
        { taskStatuses: [{ id: "t1", status: "failed" }] },
        { cancelTimers: ["later"] },
        { acknowledge: [due] },
        { complete: [{ claim }] },
        { holding: [claim] },
      ] as const;
      for (const input of refused) await assert.rejects(store.executions.transition("y", input), InvalidInputError);
      const { canceledTimers } = await store.executions.transition("x", {
        taskStatuses: [{ id: "t1", status: "failed" }],
        cancelTimers: ["later", "unknown"],
        acknowledge: [due],
        complete: [{ claim }],
      });
      assert.deepEqual(canceledTimers, [true, false]);
    },
  },
  {
    name: "jobs of a transition belong to its execution unless they name another; one of none may be completed by any",
    run: async ({ store }) => {
      await store.executions.createMany([{ id: "x" }, { id: "y" }]);
      await store.executions.transition("x", {
        jobs: [
          { id: "own", queue: "q" },
          { id: "other", queue: "q", executionId: "y" },
        ],
      });
      assert.equal((await store.jobs.require("own")).executionId, "x");
      assert.equal((await store.jobs.require("other")).executionId, "y");
      await store.jobs.push({ id: "none", queue: "free" });
      const [claim] = await store.jobs.claim({ queues: ["free"], limit: 1 });
      assert.ok(claim);
      await store.executions.transition("y", { complete: [{ claim }] });
      assert.equal((await store.jobs.require("none")).status, "succeeded");
    },
  },
  {
    name: "jobs of concurrent transitions are claimed in the order of the calls, whatever the executions are called",
    run: async ({ store: { executions, jobs } }) => {
      // As text, the eleventh name comes before the third.
      const ids = Array.from({ length: 12 }, (_, i) => `x-${i}`);
      await executions.createMany(ids.map((id) => ({ id })));
      const steps = await Promise.all(
        ids.map((id) => executions.transition(id, { state: id, jobs: [{ queue: "q" }, { id, queue: "q" }] })),
      );
      for (const { id } of steps.flatMap((step) => step.jobs)) {
        const claimed = await jobs.claim({ queues: ["q"], limit: 1 });
        assert.deepEqual(
          claimed.map((job) => job.id),
          [id],
        );
      }
    },
  },
  ...transitionJobsCases,
];
