import assert from "node:assert/strict";
import { tickOf } from "holdfast/schedules";
import type { ContractCase } from "../case.ts";
import { completeNext, jobIds, setClock } from "./schedules-support.ts";

const minute = 60_000;

/** What ticks promise: their jobs, overlapping, and catching up. */
export const schedulesTickCases: readonly ContractCase[] = [
  {
    name: "a tick makes one job, which tells its schedule and its moment",
    async run({ store, clock }) {
      await setClock(clock, "2026-01-01T00:00:30Z");
      const schedule = { id: "a@b", queue: "q", cron: "* * * * *", payload: { n: 1 }, priority: 4, maxAttempts: 3 };
      await store.schedules.save({
        ...schedule,
        backoff: { initialMs: 7, maxMs: 9 },
        timeoutMs: 8,
        group: "g",
        requires: ["gpu"],
      });
      assert.deepEqual(await store.schedules.pushDue(), { schedules: 0, pushed: 0, skipped: 0, failures: [] });
      const next = await store.schedules.next();
      assert.deepEqual(next?.at, new Date("2026-01-01T00:01:00Z"));
      assert.ok(next && next.inMs > 25_000 && next.inMs <= 30_000);
      await clock.advance(minute);
      assert.deepEqual(await store.schedules.pushDue(), { schedules: 1, pushed: 1, skipped: 0, failures: [] });
      assert.deepEqual(await store.schedules.pushDue(), { schedules: 0, pushed: 0, skipped: 0, failures: [] });
      const [job, ...others] = (await store.jobs.list()).items;
      assert.equal(others.length, 0);
      assert.ok(job);
      assert.equal(job.id, "a@b@2026-01-01T00:01:00.000Z");
      assert.deepEqual(tickOf(job.id), { scheduleId: "a@b", scheduledFor: new Date("2026-01-01T00:01:00Z") });
      assert.equal(job.status, "ready");
      assert.deepEqual(job.payload, { n: 1 });
      assert.deepEqual(
        [job.queue, job.priority, job.maxAttempts, job.backoff, job.timeoutMs],
        ["q", 4, 3, { initialMs: 7, maxMs: 9 }, 8],
      );
      assert.deepEqual([job.group, job.requires], ["g", ["gpu"]]);
      const stored = await store.schedules.require("a@b");
      assert.deepEqual(stored.lastTickAt, new Date("2026-01-01T00:01:00Z"));
      assert.deepEqual(stored.nextAt, new Date("2026-01-01T00:02:00Z"));
      assert.equal(stored.pushedCount, 1);
      assert.equal(stored.version, 1);
    },
  },
  {
    name: "ticks that are a little late all get their jobs, in their order",
    async run({ store, clock }) {
      const { nextAt } = await store.schedules.save({ id: "s", queue: "q", cron: "* * * * * *" });
      await clock.advance(3000);
      const { pushed } = await store.schedules.pushDue();
      const { lastTickAt } = await store.schedules.require("s");
      assert.ok(nextAt && lastTickAt && pushed >= 3);
      assert.equal(lastTickAt.getTime() - nextAt.getTime(), (pushed - 1) * 1000);
      assert.equal(await completeNext(store, "q"), `s@${nextAt.toISOString()}`);
      assert.equal(await completeNext(store, "q"), `s@${new Date(nextAt.getTime() + 1000).toISOString()}`);
    },
  },
  {
    name: "a job asked for between the ticks moves none, and is made of a paused schedule too",
    async run({ store, clock }) {
      await setClock(clock, "2026-01-01T00:00:30Z");
      const { nextAt } = await store.schedules.save({ id: "s", queue: "q", cron: "* * * * *", payload: 7 });
      const first = await store.schedules.trigger("s");
      assert.equal(first.outcome, "pushed");
      assert.deepEqual(tickOf(first.jobId), { scheduleId: "s", scheduledFor: null });
      assert.equal((await store.jobs.require(first.jobId)).payload, 7);
      const stored = await store.schedules.require("s");
      assert.deepEqual([stored.nextAt, stored.lastTickAt, stored.pushedCount], [nextAt, null, 1]);
      await store.schedules.pause("s");
      assert.equal((await store.schedules.trigger("s")).outcome, "pushed");
      assert.equal((await store.schedules.require("s")).status, "paused");
      assert.equal((await jobIds(store)).length, 2);
      await assert.rejects(store.schedules.trigger("t"), { code: "not_found" });
      assert.equal(tickOf("some-other-job"), null);
    },
  },
  {
    name: "skip leaves a tick out while the former job has not ended, and counts it",
    async run({ store, clock }) {
      await setClock(clock, "2026-01-01T00:00:30Z");
      await store.schedules.save({ id: "s", queue: "q", cron: "* * * * *", overlap: "skip" });
      for (const expected of [1, 0, 0]) {
        await clock.advance(minute);
        assert.equal((await store.schedules.pushDue()).pushed, expected);
      }
      assert.equal((await store.schedules.trigger("s")).outcome, "skipped");
      assert.equal((await store.schedules.require("s")).skippedCount, 3);
      assert.equal(await completeNext(store, "q"), "s@2026-01-01T00:01:00.000Z");
      await clock.advance(minute);
      assert.equal((await store.schedules.pushDue()).pushed, 1);
    },
  },
  {
    name: "buffer one lets one job wait until the former has ended, however it ends",
    async run({ store, clock }) {
      await setClock(clock, "2026-01-01T00:00:30Z");
      await store.schedules.save({ id: "s", queue: "q", cron: "* * * * *", overlap: "buffer_one", maxAttempts: 1 });
      for (const expected of [1, 1, 0]) {
        await clock.advance(minute);
        assert.equal((await store.schedules.pushDue()).pushed, expected);
      }
      const [first, second] = await jobIds(store);
      assert.ok(first && second);
      assert.equal((await store.jobs.require(second)).status, "blocked");
      const [claimed] = await store.jobs.claim({ queues: ["q"], limit: 5 });
      assert.equal(claimed?.id, first);
      assert.equal((await store.jobs.fail(claimed)).ok, true);
      assert.equal((await store.jobs.require(second)).status, "ready");
      await clock.advance(minute);
      assert.equal((await store.schedules.pushDue()).pushed, 1);
      // The one that waits may be canceled while the one before it goes on: a new one waits in its place.
      const [, , third] = await jobIds(store);
      assert.ok(third);
      await store.jobs.cancel(third);
      await clock.advance(minute);
      assert.equal((await store.schedules.pushDue()).pushed, 1);
      const [, , , fourth] = await jobIds(store);
      assert.ok(fourth);
      assert.equal((await store.jobs.require(fourth)).status, "blocked");
    },
  },
  {
    name: "cancel previous takes the former job from its holder",
    async run({ store, clock }) {
      await setClock(clock, "2026-01-01T00:00:30Z");
      await store.schedules.save({ id: "s", queue: "q", cron: "* * * * *", overlap: "cancel_previous" });
      await clock.advance(minute);
      await store.schedules.pushDue();
      const [running] = await store.jobs.claim({ queues: ["q"], limit: 1, leaseMs: 3_600_000 });
      assert.ok(running);
      await clock.advance(minute);
      assert.equal((await store.schedules.pushDue()).pushed, 1);
      assert.equal((await store.jobs.require(running.id)).status, "canceled");
      assert.equal((await store.jobs.complete(running)).ok, false);
      assert.equal(await completeNext(store, "q"), "s@2026-01-01T00:02:00.000Z");
    },
  },
  {
    name: "after a downtime each policy makes the jobs that it promises, and tells what it left out",
    async run({ store, clock }) {
      await setClock(clock, "2026-01-01T00:30:00Z");
      const policies = ["skip", "latest", "all"] as const;
      const schedules = policies.map((catchUp) => ({ id: catchUp, queue: catchUp, cron: "0 * * * *", catchUp }));
      await store.schedules.saveMany(schedules.map((each) => ({ ...each, catchUpLimit: 3 })));
      await clock.advance(5 * 3_600_000);
      assert.equal((await store.schedules.pushDue()).pushed, 4);
      assert.deepEqual(await jobIds(store), [
        "all@2026-01-01T03:00:00.000Z",
        "all@2026-01-01T04:00:00.000Z",
        "all@2026-01-01T05:00:00.000Z",
        "latest@2026-01-01T05:00:00.000Z",
      ]);
      const hour = (each: number): Date => new Date(Date.UTC(2026, 0, 1, each));
      const missed = await Promise.all(policies.map(async (id) => (await store.schedules.require(id)).missed));
      assert.deepEqual(missed, [
        { from: hour(1), to: hour(5) },
        { from: hour(1), to: hour(4) },
        { from: hour(1), to: hour(2) },
      ]);
      for (const { nextAt } of (await store.schedules.list()).items) assert.deepEqual(nextAt, hour(6));
    },
  },
  {
    name: "a year of missed seconds is made up for in a few calls",
    async run({ store, clock }) {
      const every = { queue: "q", cron: "* * * * * *", timeZone: "Europe/Berlin" };
      await store.schedules.saveMany([
        { ...every, id: "all", catchUp: "all", catchUpLimit: 120 },
        { ...every, id: "latest", catchUp: "latest" },
        { id: "skip", queue: "q", everyMs: 1000 },
      ]);
      await clock.advance(365 * 24 * 3_600_000);
      let [calls, pushed] = [0, 0];
      for (let next = await store.schedules.next(); next && next.inMs === 0; next = await store.schedules.next()) {
        pushed += (await store.schedules.pushDue()).pushed;
        assert.ok(++calls < 20);
      }
      // The newest tick of each, and those that came while this ran.
      assert.ok(pushed >= 122 && pushed < 200, `${pushed} jobs`);
    },
  },
];
