import assert from "node:assert/strict";
import { type ClaimedJob, InvalidInputError, LeaseLostError, type Store } from "holdfast";
import type { ContractCase } from "../case.ts";

/** The execution "x", with so many claimed jobs. */
async function claimed(store: Store, count: number): Promise<readonly ClaimedJob[]> {
  await store.executions.create({ id: "x" });
  const ids = Array.from({ length: count }, (_, i) => `j${i}`);
  await store.jobs.pushMany(ids.map((id) => ({ id, queue: "q", executionId: "x", maxAttempts: 2 })));
  const claims = await store.jobs.claim({ queues: ["q"], limit: count, leaseMs: 60_000 });
  assert.deepEqual(
    claims.map(({ id }) => id),
    ids,
  );
  return claims;
}

type Five = readonly [ClaimedJob, ClaimedJob, ClaimedJob, ClaimedJob, ClaimedJob];

async function statusesOf({ jobs }: Store): Promise<readonly string[]> {
  return (await jobs.list()).items.map(({ id, status }) => `${id} ${status}`);
}

/** The promises of `executions.transition` about jobs and waits that are there. */
export const transitionJobsCases: readonly ContractCase[] = [
  {
    name: "a step completes, fails and gives back jobs, and cancels others, and tells what became of each",
    async run({ store, clock }) {
      const [done, failed, dead, later, first] = (await claimed(store, 5)) as Five;
      await store.jobs.push({ id: "k", queue: "other", executionId: "x", after: ["j0"] });
      await store.jobs.push({ id: "l", queue: "other" });
      const result = await store.executions.transition("x", {
        complete: [{ claim: done, result: 1 }],
        fail: [
          { claim: failed, error: "again", retryAfterMs: 20_000 },
          { claim: dead, error: new Error("no"), final: true },
        ],
        release: [
          { claim: later, delayMs: 20_000 },
          { claim: first, priority: -1 },
        ],
        cancelJobs: ["k", "l", "none"],
      });
      const jobs = await Promise.all(["j1", "j3", "j4"].map((id) => store.jobs.require(id)));
      const [again, delayed, ready] = jobs.map(({ runAt }) => runAt);
      assert.deepEqual(result.failed, [
        { ok: true, status: "scheduled", runAt: again },
        { ok: true, status: "dead" },
      ]);
      assert.deepEqual(result.released, [
        { ok: true, status: "scheduled", runAt: delayed },
        { ok: true, status: "ready", runAt: ready },
      ]);
      assert.deepEqual(result.canceledJobs, [true, true, false]);
      const statuses = [
        "j0 succeeded",
        "j1 scheduled",
        "j2 dead",
        "j3 scheduled",
        "j4 ready",
        "k canceled",
        "l canceled",
      ];
      assert.deepEqual(await statusesOf(store), statuses);
      assert.deepEqual(
        [(await store.jobs.require("j1")).error, jobs[1]?.attempts, jobs[2]?.priority],
        ["again", 0, -1],
      );
      await clock.advance(20_001);
      const claims = await store.jobs.claim({ queues: ["q"], limit: 9 });
      assert.deepEqual(claims.map(({ id, attempts }) => `${id} ${attempts}`).toSorted(), ["j1 2", "j3 1", "j4 1"]);
    },
  },
  {
    name: "a step with a stale claim among those that it fails or gives back changes nothing",
    async run({ store, clock }) {
      const [a, b] = (await claimed(store, 2)) as readonly [ClaimedJob, ClaimedJob];
      await clock.advance(60_001);
      const [again] = await store.jobs.claim({ queues: ["q"], limit: 1, leaseMs: 60_000 });
      assert.equal(again?.id, "j0");
      const history = [{ kind: "step" }];
      for (const part of [
        { fail: [{ claim: a }] },
        { release: [{ claim: a }] },
        { complete: [{ claim: again }], release: [{ claim: b }] },
      ]) {
        await assert.rejects(
          store.executions.transition("x", { ...part, history, cancelJobs: ["j1"] }),
          LeaseLostError,
        );
      }
      assert.equal(await store.history.count("x"), 0);
      assert.equal((await store.jobs.require("j0")).status, "running");
      assert.notEqual((await store.jobs.require("j1")).status, "canceled");
    },
  },
  {
    name: "a step cancels waits before it registers others, and none of another execution",
    async run({ store }) {
      await store.executions.createMany([{ id: "x" }, { id: "y" }]);
      const waits = await Promise.all([
        store.correlations.wait({ id: "w1", key: "a", executionId: "x", step: "s" }),
        store.correlations.wait({ id: "w2", key: "b", executionId: "x", step: "s" }),
        store.correlations.wait({ id: "w3", key: "c", executionId: "y", step: "s" }),
      ]);
      assert.deepEqual(
        waits.map(({ outcome }) => outcome),
        ["waiting", "waiting", "waiting"],
      );
      const foreign = store.executions.transition("x", { cancelWaits: ["w1", "w3"] });
      await assert.rejects(foreign, {
        code: "invalid_input",
        facts: { field: "cancelWaits", entity: "wait", id: "w3" },
      });
      const result = await store.executions.transition("x", {
        cancelWaits: ["w1", "none"],
        waits: [{ id: "w4", key: "a", step: "s" }],
      });
      assert.deepEqual(result.canceledWaits, [true, false]);
      assert.equal(result.waits[0]?.outcome, "waiting");
      const left = (await store.correlations.list()).items.map(({ id }) => id);
      assert.deepEqual(left.toSorted(), ["w2", "w3", "w4"]);
    },
  },
  {
    name: "a step names each job once, and cancels none of another execution",
    async run({ store }) {
      const [claim] = (await claimed(store, 1)) as readonly [ClaimedJob];
      await store.executions.create({ id: "y" });
      await store.jobs.push({ id: "theirs", queue: "other", executionId: "y" });
      for (const [field, step] of [
        ["fail[0]", { holding: [claim], fail: [{ claim }] }],
        ["release[0]", { complete: [{ claim }], release: [{ claim }] }],
        ["release[0]", { fail: [{ claim }], release: [{ claim }] }],
        ["cancelJobs[1]", { cancelJobs: ["a", "a"] }],
        ["cancelWaits[0]", { cancelWaits: [""] }],
        ["release[0].delayMs", { release: [{ claim, runAt: new Date(), delayMs: 1 }] }],
        ["release[0].later", { release: [{ claim, later: true } as never] }],
      ] as const) {
        await assert.rejects(store.executions.transition("x", step), (error) => {
          assert.ok(error instanceof InvalidInputError);
          assert.equal(error.facts["field"], field);
          return true;
        });
      }
      await assert.rejects(store.executions.transition("x", { cancelJobs: ["theirs"] }), {
        code: "invalid_input",
        facts: { field: "cancelJobs", entity: "job", id: "theirs" },
      });
      assert.deepEqual(await statusesOf(store), ["j0 running", "theirs ready"]);
    },
  },
];
