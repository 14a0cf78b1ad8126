import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";
import { areHeld } from "./held.ts";

/** What canceling, retrying and the dead letters promise. */
export const jobsControlCases: readonly ContractCase[] = [
  {
    name: "a waiting job is canceled at once, a running one loses its holder, an ended one stays",
    async run({ store }) {
      await store.jobs.pushMany([
        { queue: "q", id: "running" },
        { queue: "r", id: "ready" },
        { queue: "r", id: "later", delayMs: 60_000 },
      ]);
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(claim);
      const ids = ["running", "ready", "later", "unknown"];
      const canceled = await Promise.all(ids.map((id) => store.jobs.cancel(id)));
      assert.deepEqual(canceled, [true, true, true, false]);
      assert.equal(await store.jobs.cancel("ready"), false);
      const { token } = await store.jobs.require("running");
      assert.ok(token > claim.token);
      const current = { status: "canceled", token, attempts: 1 };
      assert.deepEqual(await store.jobs.complete(claim), { ok: false, current });
      assert.deepEqual(areHeld(await store.jobs.heartbeat([claim], { leaseMs: 1000 })), [false]);
      assert.deepEqual(await store.jobs.claim({ queues: ["q", "r"], limit: 9 }), []);
    },
  },
  {
    name: "a dead or canceled job can be tried again with all its attempts, and no other job",
    async run({ store }) {
      await store.jobs.pushMany([
        { queue: "q", id: "dead", maxAttempts: 1 },
        { queue: "r", id: "canceled", delayMs: 60_000 },
        { queue: "r", id: "ready" },
      ]);
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(claim);
      await store.jobs.fail(claim, { error: "x" });
      await store.jobs.cancel("canceled");
      const ids = ["dead", "canceled", "ready", "unknown"];
      const retried = await Promise.all(ids.map((id) => store.jobs.retry(id)));
      assert.deepEqual(retried, [true, true, false, false]);
      const job = await store.jobs.require("dead");
      assert.deepEqual([job.status, job.attempts, job.error, job.finishedAt], ["ready", 0, undefined, null]);
      const [again] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(again && again.token > claim.token);
      assert.ok(!(await store.jobs.complete(claim)).ok);
      assert.equal((await store.jobs.claim({ queues: ["r"], limit: 9 })).length, 2);
    },
  },
  {
    name: "the dead letters of a queue are listed in pages",
    async run({ store }) {
      await store.jobs.pushMany(["a", "b", "c"].map((id) => ({ queue: "q", id })));
      await store.jobs.push({ queue: "r", id: "d" });
      const claims = await store.jobs.claim({ queues: ["q", "r"], limit: 9 });
      await store.jobs.failMany(claims.map((claim) => ({ claim, final: true, error: claim.id })));
      const first = await store.jobs.deadLetters("q", { limit: 2 });
      assert.deepEqual(
        first.items.map((job) => job.error),
        ["a", "b"],
      );
      const second = await store.jobs.deadLetters("q", { limit: 2, after: first.next ?? "" });
      assert.deepEqual([second.items.map((job) => job.id), second.next], [["c"], null]);
      assert.deepEqual((await store.jobs.deadLetters("none")).items, []);
    },
  },
];
