import assert from "node:assert/strict";
import type { ClaimedJob } from "holdfast";
import type { ContractCase, ContractContext } from "../case.ts";

const minuteMs = 60_000;

async function claimOne({ store }: ContractContext, queue = "q"): Promise<ClaimedJob> {
  const [claim] = await store.jobs.claim({ queues: [queue], limit: 1, leaseMs: minuteMs });
  assert.ok(claim);
  return claim;
}

/** What acknowledging claimed jobs promises. */
export const jobsOutcomeCases: readonly ContractCase[] = [
  {
    name: "a completed job keeps its result, and its claim is told the same again",
    async run(context) {
      const { store } = context;
      await store.jobs.push({ queue: "q", id: "j" });
      const claim = await claimOne(context);
      assert.deepEqual(await store.jobs.complete(claim, { result: { n: 1 } }), { ok: true });
      const job = await store.jobs.require("j");
      assert.deepEqual([job.status, job.result, job.leaseUntil], ["succeeded", { n: 1 }, null]);
      assert.ok(job.finishedAt instanceof Date);
      assert.deepEqual(await store.jobs.complete(claim, { result: "other" }), { ok: true });
      assert.deepEqual(await store.jobs.require("j"), job);
      const current = { status: "succeeded", token: claim.token, attempts: 1 };
      assert.deepEqual(await store.jobs.fail(claim), { ok: false, current });
      assert.deepEqual(await store.jobs.complete({ id: "j", token: claim.token + 1 }), { ok: false, current });
    },
  },
  {
    name: "a failed job is tried again after a delay that doubles, and dies when its attempts are spent",
    async run(context) {
      const { store, clock } = context;
      const backoff = { initialMs: 10_000, maxMs: 25_000 };
      await store.jobs.push({ queue: "q", id: "j", maxAttempts: 4, backoff });
      for (const longest of [10_000, 20_000, 25_000]) {
        const claim = await claimOne(context);
        const before = (await clock.now()).getTime();
        const failed = await store.jobs.fail(claim, { error: { after: longest } });
        assert.ok(failed.ok && failed.status === "scheduled");
        const delay = failed.runAt.getTime() - before;
        assert.ok(delay >= longest / 2 && delay <= longest + 5000, `${delay} for ${longest}`);
        const job = await store.jobs.require("j");
        assert.deepEqual([job.status, job.error, job.runAt], ["scheduled", { after: longest }, failed.runAt]);
        await clock.advance(longest + 1);
      }
      assert.deepEqual(await store.jobs.fail(await claimOne(context), { error: "last" }), { ok: true, status: "dead" });
      const dead = await store.jobs.require("j");
      assert.deepEqual([dead.status, dead.attempts, dead.error], ["dead", 4, "last"]);
    },
  },
  {
    name: "the caller may say when a failed job is tried again, or that it never is",
    async run(context) {
      const { store, clock } = context;
      await store.jobs.push({ queue: "q", id: "j" });
      const failed = await store.jobs.fail(await claimOne(context), { retryAfterMs: minuteMs });
      assert.ok(failed.ok && failed.status === "scheduled");
      await clock.advance(minuteMs + 1);
      assert.deepEqual(await store.jobs.fail(await claimOne(context), { final: true }), { ok: true, status: "dead" });
      assert.equal((await store.jobs.require("j")).error, undefined);
    },
  },
  {
    name: "jobs that failed together do not come back together",
    async run({ store }) {
      const backoff = { initialMs: minuteMs, maxMs: minuteMs };
      await store.jobs.pushMany(Array.from({ length: 50 }, () => ({ queue: "q", backoff })));
      const claims = await store.jobs.claim({ queues: ["q"], limit: 50 });
      const failed = await store.jobs.failMany(claims.map((claim) => ({ claim })));
      const moments = new Set(
        failed.map((each) => (each.ok && each.status === "scheduled" ? each.runAt.getTime() : 0)),
      );
      assert.ok(moments.size > 30, `${moments.size} moments`);
    },
  },
  {
    name: "a success forgets the error of the attempt before",
    async run(context) {
      const { store, clock } = context;
      await store.jobs.push({ queue: "q", id: "j" });
      await store.jobs.fail(await claimOne(context), { error: "once", retryAfterMs: 10 });
      await clock.advance(20);
      await store.jobs.complete(await claimOne(context));
      const job = await store.jobs.require("j");
      assert.deepEqual([job.status, job.error, job.attempts], ["succeeded", undefined, 2]);
    },
  },
  {
    name: "a released job is ready at once, and the attempt does not count",
    async run(context) {
      const { store } = context;
      await store.jobs.push({ queue: "q", id: "j", maxAttempts: 1 });
      const first = await claimOne(context);
      const { runAt } = await store.jobs.require("j");
      assert.deepEqual(await store.jobs.release(first), { ok: true, status: "ready", runAt });
      const job = await store.jobs.require("j");
      assert.deepEqual([job.status, job.attempts, job.holder], ["ready", 0, null]);
      const second = await claimOne(context);
      assert.deepEqual([second.attempts, second.token > first.token], [1, true]);
      assert.ok(!(await store.jobs.complete(first)).ok);
      assert.deepEqual(await store.jobs.releaseMany([{ claim: second }]), [{ ok: true, status: "ready", runAt }]);
      assert.deepEqual(await store.jobs.releaseMany([]), []);
    },
  },
  {
    name: "a job is released until a moment, for a delay, and to another priority",
    async run(context) {
      const { store, clock } = context;
      await store.jobs.pushMany(["a", "b", "c"].map((id) => ({ queue: "q", id })));
      const claims = await store.jobs.claim({ queues: ["q"], limit: 3, leaseMs: 60_000 });
      const [a, b, c] = claims as [ClaimedJob, ClaimedJob, ClaimedJob];
      const now = await clock.now();
      const runAt = new Date(now.getTime() + 20_000);
      assert.deepEqual(await store.jobs.release(a, { runAt }), { ok: true, status: "scheduled", runAt });
      const [delayed, first] = await store.jobs.releaseMany([
        { claim: b, delayMs: 40_000, priority: 7 },
        { claim: c, priority: -1 },
      ]);
      const { runAt: delayedTo } = await store.jobs.require("b");
      assert.deepEqual(delayed, { ok: true, status: "scheduled", runAt: delayedTo });
      assert.ok(delayedTo.getTime() - now.getTime() >= 40_000);
      assert.deepEqual(first, { ok: true, status: "ready", runAt: c.runAt });
      await store.jobs.push({ queue: "q", id: "d" });
      assert.equal((await claimOne(context)).id, "c");
      assert.equal((await claimOne(context)).id, "d");
      await clock.advance(20_000);
      assert.equal((await claimOne(context)).id, "a");
      await clock.advance(20_000);
      const late = await claimOne(context);
      assert.deepEqual([late.id, late.priority, late.attempts], ["b", 7, 1]);
    },
  },
  {
    name: "a job that is to be tried again at once is ready",
    async run(context) {
      const { store } = context;
      await store.jobs.push({ queue: "q", id: "j" });
      const failed = await store.jobs.fail(await claimOne(context), { retryAfterMs: 0 });
      const { status, runAt } = await store.jobs.require("j");
      assert.deepEqual([failed, status], [{ ok: true, status: "ready", runAt }, "ready"]);
    },
  },
  {
    name: "outcomes of a batch come in its order, the lost ones beside the others",
    async run({ store }) {
      await store.jobs.pushMany(["a", "b", "c"].map((id) => ({ queue: "q", id, maxAttempts: 1 })));
      const [a, b, c] = await store.jobs.claim({ queues: ["q"], limit: 3 });
      assert.ok(a && b && c);
      const lost = { ok: false, current: { status: "running", token: b.token, attempts: 1 } };
      const stale = { ...b, token: b.token + 9 };
      const completed = await store.jobs.completeMany([
        { claim: c, result: 3 },
        { claim: stale, result: 2 },
      ]);
      assert.deepEqual(completed, [{ ok: true }, lost]);
      const failed = await store.jobs.failMany([{ claim: stale }, { claim: a, error: "a" }]);
      assert.deepEqual(failed, [lost, { ok: true, status: "dead" }]);
      assert.deepEqual([await store.jobs.completeMany([]), await store.jobs.failMany([])], [[], []]);
      assert.equal((await store.jobs.require("c")).result, 3);
    },
  },
  {
    name: "an acknowledgement in a transaction commits or vanishes with what else is in it",
    async run(context) {
      const { store } = context;
      await store.jobs.push({ queue: "q", id: "j" });
      const claim = await claimOne(context);
      const failure = new Error("undone");
      const work = store.transaction(async (tx) => {
        assert.deepEqual(await tx.jobs.complete(claim), { ok: true });
        await tx.jobs.push({ queue: "q", id: "next" });
        throw failure;
      });
      await assert.rejects(work, failure);
      assert.equal((await store.jobs.require("j")).status, "running");
      assert.equal(await store.jobs.get("next"), null);
      await store.transaction(async (tx) => {
        await tx.jobs.complete(claim);
        await tx.jobs.push({ queue: "q", id: "next" });
      });
      assert.equal((await store.jobs.require("j")).status, "succeeded");
      assert.equal((await store.jobs.require("next")).status, "ready");
    },
  },
];
