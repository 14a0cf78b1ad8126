import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";
import { pushedAs } from "./pushed.ts";

const again = { queue: "q", uniqueKey: "k", onRunning: "after" } as const;

/** The promises of pushes whose unique key a running job holds, and that ask for another run after it. */
export const jobsAgainCases: readonly ContractCase[] = [
  {
    name: "a push that asks for a run after the running one gets one, however many follow",
    async run({ store }) {
      const { id: first, ...pushed } = await store.jobs.push({ ...again, payload: 1 });
      assert.deepEqual([pushed.outcome, pushed.status], ["created", "ready"]);
      assert.equal((await store.jobs.push({ ...again, payload: 2 })).outcome, "kept");
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(claim);
      const second = await store.jobs.push({ ...again, payload: 3 });
      assert.deepEqual([second.outcome, second.status], ["created", "blocked"]);
      assert.deepEqual(
        await store.jobs.push({ ...again, payload: 4 }),
        await pushedAs(store, { id: second.id, outcome: "kept", status: "blocked" }),
      );
      assert.deepEqual(
        await store.jobs.push({ ...again, onConflict: "replace", payload: 5 }),
        await pushedAs(store, { id: second.id, outcome: "replaced", status: "blocked" }),
      );
      assert.deepEqual(await store.jobs.claim({ queues: ["q"], limit: 9 }), []);
      await store.jobs.complete(claim);
      const [next, ...rest] = await store.jobs.claim({ queues: ["q"], limit: 9 });
      assert.deepEqual([next?.id, next?.payload, rest], [second.id, 5, []]);
      assert.equal((await store.jobs.require(first)).uniqueKey, null);
    },
  },
  {
    name: "the run after it comes however the running one ends, and not before",
    async run({ store, clock }) {
      for (const end of ["dead", "canceled", "lost"] as const) {
        const queue = `q-${end}`;
        await store.jobs.push({ ...again, queue, maxAttempts: 2 });
        const claimOne = async () => (await store.jobs.claim({ queues: [queue], limit: 1, leaseMs: 60_000 }))[0];
        const claim = await claimOne();
        assert.ok(claim);
        const follower = await store.jobs.push({ ...again, queue });
        await store.jobs.fail(claim, { retryAfterMs: 0 });
        // It is tried again first: the other run waits until it has ended.
        const retried = await claimOne();
        assert.equal(retried?.id, claim.id);
        assert.equal(await claimOne(), undefined);
        if (end === "dead") await store.jobs.fail(retried, { final: true });
        if (end === "canceled") await store.jobs.cancel(claim.id);
        if (end === "lost") await clock.advance(60_001);
        assert.equal((await claimOne())?.id, follower.id);
      }
    },
  },
  {
    name: "a step that completes a job may ask for the run after it",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.jobs.push({ ...again, executionId: "e" });
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(claim);
      await store.executions.transition("e", {
        complete: [{ claim: { id: claim.id, token: claim.token } }],
        jobs: [{ ...again }],
      });
      const [next] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.equal(next?.executionId, "e");
      assert.notEqual(next.id, claim.id);
    },
  },
  {
    name: "beside a running job, or not at all, as the push says",
    async run({ store }) {
      await store.jobs.push(again);
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(claim);
      const kept = await store.jobs.push({ ...again, onRunning: "keep", onConflict: "replace" });
      assert.deepEqual(kept, await pushedAs(store, { id: claim.id, outcome: "kept", status: "running" }));
      const beside = await store.jobs.push({ ...again, onRunning: "beside" });
      assert.deepEqual([beside.outcome, beside.status], ["created", "ready"]);
    },
  },
  {
    name: "a throttled key is kept, whatever a push asks for",
    async run({ store }) {
      await store.jobs.push({ queue: "q", uniqueKey: "k", throttleMs: 60_000 });
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.equal((await store.jobs.push(again)).id, claim?.id);
    },
  },
];
