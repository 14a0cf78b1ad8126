import assert from "node:assert/strict";
import type { ClaimedJob } from "holdfast";
import type { FailedJobAttempt } from "holdfast/jobs";
import type { ContractCase, ContractContext } from "../case.ts";
import { linesOf } from "./archives.ts";

const minuteMs = 60_000;

async function claimOne({ store }: ContractContext, holder: string): Promise<ClaimedJob> {
  const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1, leaseMs: minuteMs, holder });
  assert.ok(claim);
  return claim;
}

async function failuresOf({ store }: ContractContext, id = "j"): Promise<readonly FailedJobAttempt[]> {
  return (await store.jobs.require(id)).failures;
}

/** What a job keeps of its failed attempts. */
export const jobsFailureCases: readonly ContractCase[] = [
  {
    name: "a job keeps each failed attempt with its own error, holder and times, also after it succeeds",
    async run(context) {
      const { store, clock } = context;
      await store.jobs.push({ queue: "q", id: "j", maxAttempts: 5, backoff: { initialMs: 0, maxMs: 0 } });
      assert.deepEqual(await failuresOf(context), []);
      const first = await claimOne(context, "one");
      const startedAt = await clock.now();
      await clock.advance(5000);
      await store.jobs.fail(first, { error: { code: 1, text: 'a\u0000\ud800 "b"' } });
      const second = await claimOne(context, "two");
      await store.jobs.fail(second);
      const [one, two] = await failuresOf(context);
      assert.ok(one && two);
      const { startedAt: start, failedAt: end, ...facts } = one;
      assert.deepEqual(facts, {
        token: first.token,
        attempt: 1,
        holder: "one",
        error: { code: 1, text: 'a\u0000\ud800 "b"' },
      });
      assert.ok(start.getTime() <= startedAt.getTime() && end.getTime() - start.getTime() >= 5000);
      assert.deepEqual([two.attempt, two.holder, two.error, two.token], [2, "two", undefined, second.token]);
      await store.jobs.complete(await claimOne(context, "three"));
      const job = await store.jobs.require("j");
      assert.deepEqual([job.status, job.error, job.failures], ["succeeded", undefined, [one, two]]);
    },
  },
  {
    name: "an attempt whose holder was lost is among the failed ones, and a released one is not",
    async run(context) {
      const { store, clock } = context;
      await store.jobs.push({ queue: "q", id: "j", maxAttempts: 2 });
      await store.jobs.release(await claimOne(context, "gives it back"));
      await claimOne(context, "killed");
      await clock.advance(minuteMs);
      await store.jobs.rescue({ queues: ["q"] });
      const [lost] = await failuresOf(context);
      assert.deepEqual([lost?.attempt, lost?.holder], [1, "killed"]);
      await claimOne(context, "killed too");
      await clock.advance(minuteMs);
      await store.jobs.rescue({ queues: ["q"] });
      const dead = await store.jobs.require("j");
      assert.deepEqual(
        dead.failures.map(({ attempt, holder }) => [attempt, holder]),
        [
          [1, "killed"],
          [2, "killed too"],
        ],
      );
      assert.ok(dead.error !== undefined);
      assert.deepEqual(lost?.error, dead.error);
      assert.deepEqual(dead.failures[1]?.error, dead.error);
      assert.deepEqual(dead.failures[1]?.failedAt, dead.finishedAt);
    },
  },
  {
    name: "the newest ten failures are kept through retries, and numbered anew after each",
    async run(context) {
      const { store } = context;
      await store.jobs.push({ queue: "q", id: "j", maxAttempts: 13, backoff: { initialMs: 0, maxMs: 0 } });
      for (const life of [1, 2]) {
        for (let attempt = 1; attempt <= 13; attempt += 1) {
          await store.jobs.fail(await claimOne(context, "h"), { error: [life, attempt] });
        }
        const kept = await failuresOf(context);
        assert.deepEqual(
          kept.map(({ error }) => error),
          [4, 5, 6, 7, 8, 9, 10, 11, 12, 13].map((attempt) => [life, attempt]),
        );
        await store.jobs.retry("j");
      }
      await store.jobs.fail(await claimOne(context, "h"), { error: "again" });
      const kept = await failuresOf(context);
      assert.deepEqual([kept.length, kept[0]?.error, kept[9]?.error, kept[9]?.attempt], [10, [2, 5], "again", 1]);
    },
  },
  {
    name: "the failures of many jobs are read, exported and removed with them",
    async run(context) {
      const { store } = context;
      await store.executions.create({ id: "e" });
      await store.jobs.pushMany(["a", "b", "c"].map((id) => ({ queue: "q", id, executionId: "e", maxAttempts: 1 })));
      const claims = await store.jobs.claim({ queues: ["q"], limit: 2, leaseMs: minuteMs });
      await store.jobs.failMany(claims.map((claim) => ({ claim, error: claim.id })));
      const read = async (): Promise<unknown> =>
        (await store.jobs.getMany(["c", "b", "a"])).map((job) => job?.failures.map(({ error }) => error));
      assert.deepEqual(await read(), [[], ["b"], ["a"]]);
      const archive = await linesOf(store.export({ executionId: "e" }));
      await store.executions.remove("e");
      await store.jobs.push({ queue: "q", id: "a" });
      assert.deepEqual(await failuresOf(context, "a"), []);
      await store.jobs.cancel("a");
      await store.retain({ jobs: 0 });
      const { rows } = await store.import(archive);
      assert.equal(rows["job_failures"], 2);
      assert.deepEqual(await read(), [[], ["b"], ["a"]]);
    },
  },
];
