import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

/** The promises of the reads that show the pace of work, and its neighbors and next ticks. */
export const surveysContract: readonly ContractCase[] = [
  {
    name: "the ends of jobs since a time are counted, with how long they waited and ran",
    run: async ({ store: { jobs }, clock }) => {
      const { now: since } = await jobs.ends(new Date(0));
      await jobs.pushMany([
        { id: "good", queue: "q" },
        { id: "bad", queue: "q", maxAttempts: 1 },
        { id: "gone", queue: "q" },
      ]);
      await jobs.cancel("gone");
      await clock.advance(10_000);
      const claimed = await jobs.claim({ queues: ["q"], limit: 2, leaseMs: 60_000 });
      await clock.advance(5000);
      for (const job of claimed) await (job.id === "good" ? jobs.complete(job) : jobs.fail(job));
      const ends = await jobs.ends(since);
      assert.deepEqual([ends.succeeded, ends.dead, ends.canceled], [1, 1, 1]);
      assert.ok(ends.waitMs !== null && ends.waitMs.p50 >= 10_000 && ends.waitMs.max < 60_000);
      assert.ok(ends.runMs !== null && ends.runMs.p50 >= 5000 && ends.runMs.max < 60_000);
      const later = await jobs.ends(ends.now);
      assert.deepEqual([later.succeeded, later.dead, later.waitMs], [0, 0, null]);
    },
  },
  {
    name: "the ends of executions since a time are counted, with how long they took",
    run: async ({ store: { executions }, clock }) => {
      const { now: since } = await executions.ends(new Date(0));
      await executions.createMany([{ id: "a" }, { id: "b" }, { id: "c" }]);
      await clock.advance(7000);
      await executions.setStatus("a", "succeeded");
      await executions.setStatus("b", "timed_out");
      const { now: _, totalMs, ...counts } = await executions.ends(since);
      assert.deepEqual(counts, { created: 3, succeeded: 1, failed: 0, timed_out: 1, canceled: 0 });
      assert.ok(totalMs !== null && totalMs.p50 >= 7000 && totalMs.max < 60_000);
    },
  },
  {
    name: "several executions are read at once, in the order of the ids",
    run: async ({ store: { executions } }) => {
      await executions.createMany([{ id: "a", input: 1 }, { id: "b" }]);
      const [missing, a, again] = await executions.getMany(["x", "a", "a"]);
      assert.deepEqual([missing, a, again], [null, await executions.get("a"), await executions.get("a")]);
      const [head] = await executions.getMany(["a"], { payloads: false });
      assert.deepEqual([head?.id, head?.input], ["a", undefined]);
    },
  },
  {
    name: "the neighbors of a job are those before and after it",
    run: async ({ store: { jobs } }) => {
      await jobs.pushMany([
        { id: "1", queue: "q" },
        { id: "2", queue: "q", after: ["1"] },
        { id: "3", queue: "q", after: ["2"] },
        { id: "4", queue: "q", after: ["2"] },
      ]);
      assert.deepEqual(await jobs.dependencies("2"), { after: ["1"], before: ["3", "4"] });
      assert.deepEqual(await jobs.dependencies("2", { limit: 1 }), { after: ["1"], before: ["3"] });
      assert.deepEqual(await jobs.dependencies("missing"), { after: [], before: [] });
    },
  },
  {
    name: "the next ticks of all active schedules come by time",
    run: async ({ store: { schedules } }) => {
      await schedules.saveMany([
        { id: "often", queue: "q", everyMs: 60_000 },
        { id: "seldom", queue: "q", everyMs: 150_000 },
        { id: "paused", queue: "q", everyMs: 1000 },
      ]);
      await schedules.pause("paused");
      const expected = [];
      for (const id of ["often", "seldom"]) {
        for (const at of await schedules.preview(id, 5)) expected.push({ at, scheduleId: id, queue: "q" });
      }
      expected.sort((a, b) => a.at.getTime() - b.at.getTime());
      assert.deepEqual(await schedules.upcoming(5), expected.slice(0, 5));
    },
  },
];
