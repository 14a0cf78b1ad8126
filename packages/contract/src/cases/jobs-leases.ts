import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";
import { areHeld } from "./held.ts";

const minuteMs = 60_000;

/** What the leases of claimed jobs promise. */
export const jobsLeaseCases: readonly ContractCase[] = [
  {
    name: "a job whose holder fell silent is claimed again under a higher token",
    async run({ store, clock }) {
      await store.jobs.push({ queue: "q", id: "j" });
      const [first] = await store.jobs.claim({ queues: ["q"], limit: 1, leaseMs: minuteMs });
      assert.ok(first);
      await clock.advance(minuteMs - 10_000);
      assert.deepEqual(await store.jobs.claim({ queues: ["q"], limit: 1 }), []);
      await clock.advance(10_000);
      const [second] = await store.jobs.claim({ queues: ["q"], limit: 1, holder: "two" });
      assert.ok(second);
      assert.deepEqual([second.attempts, second.token > first.token], [2, true]);
    },
  },
  {
    name: "a stale token changes nothing, and learns what there is",
    async run({ store, clock }) {
      await store.jobs.push({ queue: "q", id: "j" });
      const [first] = await store.jobs.claim({ queues: ["q"], limit: 1, leaseMs: minuteMs });
      assert.ok(first);
      await clock.advance(minuteMs);
      // Its time is over, though nobody has claimed the job since.
      const expired = { ok: false, current: { status: "running", token: first.token, attempts: 1 } };
      assert.deepEqual(await store.jobs.complete(first), expired);
      assert.deepEqual(areHeld(await store.jobs.heartbeat([first], { leaseMs: minuteMs })), [false]);
      const [second] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(second);
      const before = await store.jobs.require("j");
      const stale = { ok: false, current: { status: "running", token: second.token, attempts: 2 } };
      assert.deepEqual(await store.jobs.complete(first, { result: 1 }), stale);
      assert.deepEqual(await store.jobs.fail(first, { final: true }), stale);
      assert.deepEqual(await store.jobs.release(first), stale);
      assert.deepEqual(areHeld(await store.jobs.heartbeat([first], { leaseMs: minuteMs })), [false]);
      assert.deepEqual(await store.jobs.require("j"), before);
      assert.deepEqual(await store.jobs.complete({ id: "unknown", token: 1 }), { ok: false, current: null });
      assert.deepEqual(await store.jobs.complete(second), { ok: true });
    },
  },
  {
    name: "a heartbeat keeps many claims alive in one call, and tells which are lost",
    async run({ store, clock }) {
      await store.jobs.pushMany(["a", "b", "c"].map((id) => ({ queue: "q", id })));
      const claims = await store.jobs.claim({ queues: ["q"], limit: 3, leaseMs: minuteMs });
      const [a, b, c] = claims;
      assert.ok(a && b && c);
      await store.jobs.complete(b);
      await clock.advance(minuteMs / 2);
      assert.deepEqual(areHeld(await store.jobs.heartbeat([c, b, a], { leaseMs: minuteMs })), [true, false, true]);
      await clock.advance(minuteMs / 2 + 1000);
      assert.deepEqual(await store.jobs.claim({ queues: ["q"], limit: 3 }), []);
      assert.deepEqual(await store.jobs.completeMany([{ claim: a }, { claim: c }]), [{ ok: true }, { ok: true }]);
      assert.deepEqual(await store.jobs.heartbeat([], { leaseMs: minuteMs }), []);
    },
  },
  {
    name: "a job that kills its holder at every attempt ends dead",
    async run({ store, clock }) {
      await store.jobs.push({ queue: "q", id: "killer", maxAttempts: 2 });
      for (const attempt of [1, 2]) {
        const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1, leaseMs: minuteMs, holder: `w${attempt}` });
        assert.equal(claim?.attempts, attempt);
        await clock.advance(minuteMs);
      }
      assert.deepEqual(await store.jobs.claim({ queues: ["q"], limit: 1 }), []);
      const job = await store.jobs.require("killer");
      assert.deepEqual([job.status, job.attempts, job.holder, job.leaseUntil], ["dead", 2, "w2", null]);
      assert.ok(job.finishedAt instanceof Date);
      assert.deepEqual(job.error, {
        name: "LeaseExpired",
        message: "The lease ran out before the job was acknowledged.",
      });
    },
  },
  {
    name: "expired jobs above the limit of a claim are ready for the next",
    async run({ store, clock }) {
      await store.jobs.pushMany(Array.from({ length: 6 }, () => ({ queue: "q" })));
      await store.jobs.claim({ queues: ["q"], limit: 6, leaseMs: minuteMs });
      await clock.advance(minuteMs);
      assert.equal((await store.jobs.claim({ queues: ["q"], limit: 2 })).length, 2);
      assert.equal((await store.jobs.claim({ queues: ["q"], limit: 9 })).length, 4);
    },
  },
  {
    name: "rescue makes expired jobs ready or dead, also of queues that nobody claims from",
    async run({ store, clock }) {
      await store.jobs.pushMany([
        { queue: "a", id: "a" },
        { queue: "b", id: "b", maxAttempts: 1 },
        { queue: "c", id: "c" },
        { queue: "d", id: "d", after: ["b"] },
      ]);
      await store.jobs.claim({ queues: ["a", "b"], limit: 9, leaseMs: minuteMs });
      await store.jobs.claim({ queues: ["c"], limit: 9, leaseMs: 10 * minuteMs });
      assert.deepEqual(await store.jobs.rescue(), { reclaimed: 0, died: 0 });
      await clock.advance(minuteMs);
      assert.deepEqual(await store.jobs.rescue({ queues: ["c"] }), { reclaimed: 0, died: 0 });
      const { reclaimed, died } = await store.jobs.rescue({ limit: 1 });
      assert.equal(reclaimed + died, 1);
      const rest = await store.transaction((tx) => tx.jobs.rescue());
      assert.deepEqual([reclaimed + rest.reclaimed, died + rest.died], [1, 1]);
      const statuses = await Promise.all(["a", "b", "c", "d"].map(async (id) => (await store.jobs.require(id)).status));
      assert.deepEqual(statuses, ["ready", "dead", "running", "canceled"]);
    },
  },
];
