import assert from "node:assert/strict";
import type { ClaimRequest } from "holdfast/jobs";
import type { ContractCase } from "../case.ts";
import { areHeld } from "./held.ts";

const minuteMs = 60_000;

/** What claiming jobs promises. */
export const jobsClaimCases: readonly ContractCase[] = [
  {
    name: "jobs are claimed by priority, moment and push order, never more than the limit",
    async run({ store, clock }) {
      const start = (await clock.now()).getTime();
      const at = (minutes: number): Date => new Date(start - minutes * minuteMs);
      await store.jobs.pushMany([
        { queue: "a", id: "last", priority: 1, runAt: at(60) },
        { queue: "a", id: "third", runAt: at(1) },
        { queue: "b", id: "fourth", runAt: at(1) },
        { queue: "b", id: "first", priority: -1 },
        { queue: "a", id: "second", runAt: at(5) },
        { queue: "c", id: "elsewhere", priority: -9 },
      ]);
      const claim = async (limit: number): Promise<string> =>
        (await store.jobs.claim({ queues: ["a", "b", "a"], limit })).map((job) => job.id).join();
      assert.equal(await claim(3), "first,second,third");
      assert.equal(await claim(1), "fourth");
      assert.equal(await claim(100), "last");
      assert.equal(await claim(100), "");
    },
  },
  {
    name: "a claim carries what its holder needs and starts the job",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.jobs.push({ queue: "q", id: "j", payload: [1], priority: 3, maxAttempts: 2, executionId: "e" });
      const before = await clock.now();
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1, leaseMs: minuteMs, holder: "worker 1" });
      assert.ok(claim);
      const job = await store.jobs.require("j");
      assert.deepEqual(claim, {
        id: "j",
        queue: "q",
        token: job.token,
        priority: 3,
        attempts: 1,
        maxAttempts: 2,
        timeoutMs: null,
        queueTimeoutMs: null,
        executionId: "e",
        payload: [1],
        traceContext: null,
        runAt: job.runAt,
        createdAt: job.createdAt,
        leaseUntil: job.leaseUntil,
      });
      assert.ok(claim.leaseUntil.getTime() >= before.getTime() + minuteMs);
      assert.deepEqual([job.status, job.holder, job.attempts], ["running", "worker 1", 1]);
      assert.ok(job.startedAt instanceof Date);
    },
  },
  {
    name: "every claim carries the timeouts of its job and of its queue, whatever way it was pushed and claimed",
    async run({ store }) {
      await store.queues.configure("slow", { timeoutMs: 90_000 });
      for (const queue of ["slow", "plain"]) {
        for (const count of [1, 2, 20]) {
          await store.jobs.pushMany(Array.from({ length: count }, () => ({ queue, timeoutMs: count })));
        }
        await store.jobs.push({ queue, group: "g" });
      }
      const requests: readonly Omit<ClaimRequest, "limit">[] = [
        { queues: ["slow"] },
        { queues: ["plain"] },
        { queues: ["slow", "plain"] },
        { queues: ["slow"], capabilities: ["gpu"] },
      ];
      const timeouts: (readonly [string, number | null, number | null])[] = [];
      for (const limit of [1, 10]) {
        for (const request of requests) {
          const claims = await store.jobs.claim({ ...request, limit });
          timeouts.push(...claims.map((job) => [job.queue, job.timeoutMs, job.queueTimeoutMs] as const));
        }
      }
      timeouts.push(
        ...(await store.jobs.claim({ queues: ["slow", "plain"], limit: 100 })).map(
          (job) => [job.queue, job.timeoutMs, job.queueTimeoutMs] as const,
        ),
      );
      const expected = ["plain", "slow"].flatMap((queue) =>
        [null, 1, 2, 2, ...Array.from({ length: 20 }, () => 20)].map((timeoutMs) => [
          queue,
          timeoutMs,
          queue === "slow" ? 90_000 : null,
        ]),
      );
      assert.deepEqual(timeouts.map(String).sort(), expected.map(String).sort());
    },
  },
  {
    name: "a scheduled job is claimed when its moment has come, not before",
    async run({ store, clock }) {
      await store.jobs.pushMany([
        { queue: "q", id: "later", delayMs: minuteMs },
        { queue: "q", id: "now" },
      ]);
      const claim = async (): Promise<string> =>
        (await store.jobs.claim({ queues: ["q"], limit: 10, leaseMs: 60 * minuteMs })).map((job) => job.id).join();
      assert.equal(await claim(), "now");
      assert.equal(await claim(), "");
      await clock.advance(minuteMs + 1);
      assert.equal(await claim(), "later");
    },
  },
  {
    name: "jobs that have become due take their place among the ready ones",
    async run({ store, clock }) {
      await store.jobs.pushMany([
        { queue: "q", id: "ready" },
        { queue: "q", id: "due", delayMs: minuteMs },
        { queue: "q", id: "urgent", delayMs: minuteMs, priority: -1 },
      ]);
      await clock.advance(minuteMs + 1);
      const claim = async (): Promise<string> =>
        (await store.jobs.claim({ queues: ["q"], limit: 1 })).map((job) => job.id).join();
      assert.equal(await claim(), "urgent");
      // The first claim made the other one ready.
      assert.equal((await store.jobs.require("due")).status, "ready");
      assert.equal(await claim(), "ready");
      assert.equal(await claim(), "due");
    },
  },
  {
    name: "next tells when there is something to claim: the next scheduled job or the end of a lease",
    async run({ store, clock }) {
      const queues = ["q", "r"];
      assert.equal(await store.jobs.next(queues), null);
      await store.jobs.push({ queue: "q", id: "ready" });
      assert.equal(await store.jobs.next(queues), null);
      await store.jobs.pushMany([
        { queue: "q", id: "later", delayMs: 5 * minuteMs },
        { queue: "r", id: "sooner", delayMs: 2 * minuteMs },
        { queue: "elsewhere", delayMs: 1 },
      ]);
      const sooner = await store.jobs.next(queues);
      assert.ok(sooner && sooner.inMs > minuteMs && sooner.inMs <= 2 * minuteMs);
      assert.deepEqual(sooner.at, (await store.jobs.require("sooner")).runAt);
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1, leaseMs: minuteMs });
      assert.ok(claim);
      const lease = await store.jobs.next(queues);
      assert.deepEqual(lease?.at, claim.leaseUntil);
      await clock.advance(lease?.inMs ?? 0);
      assert.equal((await store.jobs.next(queues))?.inMs, 0);
      assert.equal((await store.jobs.claim({ queues, limit: 10 }))[0]?.id, "ready");
    },
  },
  {
    name: "a paused queue gives no jobs, and its running ones go on",
    async run({ store, clock }) {
      await store.jobs.pushMany([
        { queue: "q", id: "running" },
        { queue: "q", id: "waiting" },
        { queue: "r", id: "other" },
      ]);
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(claim);
      await store.queues.pause("q");
      await store.queues.pause("q");
      assert.deepEqual([await store.queues.isPaused("q"), await store.queues.isPaused("r")], [true, false]);
      assert.deepEqual(areHeld(await store.jobs.heartbeat([claim], { leaseMs: minuteMs })), [true]);
      assert.equal(await store.jobs.next(["q"]), null);
      assert.deepEqual(
        (await store.jobs.claim({ queues: ["q", "r"], limit: 10 })).map((job) => job.id),
        ["other"],
      );
      assert.deepEqual(await store.jobs.complete(claim), { ok: true });
      await clock.advance(60 * minuteMs);
      assert.deepEqual(await store.jobs.claim({ queues: ["q"], limit: 10 }), []);
      assert.equal(await store.queues.resume("q"), true);
      assert.equal(await store.queues.resume("q"), false);
      assert.equal((await store.jobs.claim({ queues: ["q"], limit: 10 }))[0]?.id, "waiting");
    },
  },
  {
    name: "a small claim keeps the order over what is left of one large push and the next, with a lesser job beside",
    async run({ store }) {
      const pushed = [];
      for (let push = 0; push < 2; push++) {
        pushed.push(...(await store.jobs.pushMany(Array.from({ length: 12 }, () => ({ queue: "q" })))));
      }
      await store.jobs.push({ id: "lesser", queue: "q", priority: 1 });
      const ids = pushed.map(({ id }) => id);
      const claim = async (limit: number): Promise<readonly string[]> =>
        (await store.jobs.claim({ queues: ["q"], limit, leaseMs: minuteMs })).map(({ id }) => id);
      assert.deepEqual(await claim(10), ids.slice(0, 10));
      assert.deepEqual(await claim(5), ids.slice(10, 15));
      assert.deepEqual(await claim(9), ids.slice(15));
      assert.deepEqual(await claim(9), ["lesser"]);
    },
  },
];
