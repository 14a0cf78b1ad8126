import assert from "node:assert/strict";
import type { ScheduleInput } from "holdfast/schedules";
import type { ContractCase } from "../case.ts";
import { setClock } from "./schedules-support.ts";

/** A schedule with every option that it may have besides a start. */
const report: ScheduleInput = {
  id: "report",
  queue: "reports",
  cron: "30 2 * * *",
  timeZone: "Europe/Berlin",
  payload: { kind: "daily", nothing: null },
  overlap: "skip",
  catchUp: "all",
  catchUpLimit: 7,
  missedAfterMs: 5000,
  priority: -3,
  maxAttempts: 2,
  backoff: { initialMs: 10, maxMs: 20 },
  timeoutMs: 30,
  group: "tenant-1",
  requires: ["pdf"],
  endsAt: new Date("2026-12-31T00:00:00Z"),
};

/** What saving, reading, pausing and removing schedules promise. */
export const schedulesSaveCases: readonly ContractCase[] = [
  {
    name: "a schedule comes back as it was saved, with its next tick",
    async run({ store, clock }) {
      await setClock(clock, "2026-03-28T12:00:00Z");
      const saved = await store.schedules.save(report);
      assert.deepEqual(saved, await store.schedules.require("report"));
      const { createdAt, updatedAt, ...rest } = saved;
      assert.deepEqual(createdAt, updatedAt);
      assert.deepEqual(rest, {
        ...report,
        status: "active",
        everyMs: null,
        startsAt: null,
        // The clocks leap over 02:30 on that day.
        nextAt: new Date("2026-03-29T01:00:00Z"),
        lastTickAt: null,
        missed: null,
        pushedCount: 0,
        skippedCount: 0,
        version: 1,
        pausedAt: null,
      });
      assert.equal(await store.schedules.get("other"), null);
      await assert.rejects(store.schedules.require("other"), {
        code: "not_found",
        facts: { entity: "schedule", id: "other" },
      });
    },
  },
  {
    name: "a preview tells the ticks to come, by the schedule's time zone and the database's clock",
    async run({ store, clock }) {
      await setClock(clock, "2026-10-24T12:00:00Z");
      await store.schedules.save({ id: "s", queue: "q", cron: "30 2 * * *", timeZone: "Europe/Berlin" });
      const expected = ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z", "2026-10-27T01:30:00Z"].map(
        (at) => new Date(at),
      );
      assert.deepEqual(await store.schedules.preview("s", 3), expected);
      assert.equal((await store.schedules.preview("s")).length, 10);
      await store.schedules.pause("s");
      assert.deepEqual(await store.schedules.preview("s", 3), expected);
      await assert.rejects(store.schedules.preview("t"), { code: "not_found" });
      for (const count of [0, 1001, 1.5]) {
        await assert.rejects(store.schedules.preview("s", count), { code: "invalid_input", facts: { field: "count" } });
      }
    },
  },
  {
    name: "an interval is counted from its start, or from when it was first saved, and saving it again does not move it",
    async run({ store, clock }) {
      await setClock(clock, "2026-01-01T00:00:10Z");
      const startsAt = new Date("2026-01-01T00:00:00Z");
      await store.schedules.save({ id: "anchored", queue: "q", everyMs: 60_000, startsAt });
      const { nextAt } = await store.schedules.save({ id: "free", queue: "q", everyMs: 60_000 });
      await clock.advance(20_000);
      const anchored = await store.schedules.save({ id: "anchored", queue: "other", everyMs: 60_000, startsAt });
      assert.deepEqual(anchored.nextAt, new Date("2026-01-01T00:01:00Z"));
      const free = await store.schedules.save({ id: "free", queue: "q", everyMs: 60_000, payload: 1 });
      assert.deepEqual(free.nextAt, nextAt);
      const future = new Date("2026-02-01T00:00:00Z");
      const later = await store.schedules.save({ id: "later", queue: "q", everyMs: 60_000, startsAt: future });
      assert.deepEqual(later.nextAt, future);
      const faster = await store.schedules.save({ id: "free", queue: "q", everyMs: 30_000 });
      assert.ok(faster.nextAt && nextAt && faster.nextAt < nextAt && faster.nextAt > faster.updatedAt);
    },
  },
  {
    name: "saving the same rule again keeps a tick that has come, and another rule goes on after now",
    async run({ store, clock }) {
      await setClock(clock, "2026-01-01T00:30:00Z");
      await store.schedules.save({ id: "s", queue: "q", cron: "0 * * * *" });
      await clock.advance(45 * 60_000);
      const again = await store.schedules.save({
        id: "s",
        queue: "q",
        cron: "0 * * * *",
        payload: "new",
        catchUp: "latest",
      });
      assert.deepEqual(again.nextAt, new Date("2026-01-01T01:00:00Z"));
      assert.equal(again.version, 2);
      assert.ok(again.createdAt < again.updatedAt);
      const other = await store.schedules.save({ id: "s", queue: "q", cron: "0 */2 * * *" });
      assert.deepEqual(other.nextAt, new Date("2026-01-01T02:00:00Z"));
      assert.equal(other.payload, undefined);
    },
  },
  {
    name: "a schedule at another version than the expected one is not saved",
    async run({ store }) {
      const input = { id: "s", queue: "q", everyMs: 1000 };
      const conflict = {
        code: "conflict",
        facts: { reason: "version", entity: "schedule", id: "s", expected: 1, actual: 0 },
      };
      await assert.rejects(store.schedules.save({ ...input, expectedVersion: 1 }), conflict);
      assert.equal((await store.schedules.save({ ...input, expectedVersion: 0 })).version, 1);
      await assert.rejects(store.schedules.save({ ...input, expectedVersion: 0 }), { code: "conflict" });
      assert.equal((await store.schedules.save({ ...input, expectedVersion: 1 })).version, 2);
      await assert.rejects(
        store.schedules.saveMany([
          { ...input, id: "t" },
          { ...input, expectedVersion: 1 },
        ]),
        { code: "conflict" },
      );
      assert.equal(await store.schedules.get("t"), null);
    },
  },
  {
    name: "a paused schedule has no ticks, stays paused when it is saved, and goes on after now",
    async run({ store, clock }) {
      await setClock(clock, "2026-01-01T00:30:00Z");
      await store.schedules.save({ id: "s", queue: "q", cron: "0 * * * *", catchUp: "all" });
      assert.equal(await store.schedules.pause("s"), true);
      assert.equal(await store.schedules.pause("s"), false);
      assert.equal(await store.schedules.next(), null);
      const saved = await store.schedules.save({ id: "s", queue: "q", cron: "30 * * * *" });
      assert.equal(saved.status, "paused");
      assert.equal(saved.nextAt, null);
      assert.ok(saved.pausedAt);
      await clock.advance(10 * 3_600_000);
      assert.equal((await store.schedules.pushDue()).schedules, 0);
      assert.equal(await store.schedules.resume("s"), true);
      assert.equal(await store.schedules.resume("s"), false);
      const resumed = await store.schedules.require("s");
      assert.equal(resumed.status, "active");
      assert.equal(resumed.pausedAt, null);
      assert.deepEqual(resumed.nextAt, new Date("2026-01-01T11:30:00Z"));
      assert.equal((await store.schedules.pushDue()).schedules, 0);
      assert.equal(await store.schedules.pause("missing"), false);
      assert.equal(await store.schedules.resume("missing"), false);
    },
  },
  {
    name: "a schedule whose end has come is ended, stays listed, and lives again with another end",
    async run({ store, clock }) {
      await setClock(clock, "2026-01-01T00:30:00Z");
      const input = { id: "s", queue: "q", cron: "0 * * * *" };
      const gone = await store.schedules.save({ ...input, endsAt: new Date("2026-01-01T00:59:59Z") });
      assert.equal(gone.status, "ended");
      assert.equal(gone.nextAt, null);
      assert.equal(await store.schedules.pause("s"), false);
      // A tick at the very end counts.
      const last = await store.schedules.save({ ...input, endsAt: new Date("2026-01-01T01:00:00Z") });
      assert.equal(last.status, "active");
      await clock.advance(30 * 60_000);
      assert.equal((await store.schedules.pushDue()).pushed, 1);
      assert.equal((await store.schedules.require("s")).status, "ended");
      assert.equal(await store.schedules.next(), null);
      assert.deepEqual(
        (await store.schedules.list({ status: "ended" })).items.map((each) => each.id),
        ["s"],
      );
      assert.equal((await store.schedules.save(input)).status, "active");
    },
  },
  {
    name: "schedules are listed by id in pages, by queue and by status, and counted so",
    async run({ store }) {
      const saved = await store.schedules.saveMany(
        ["c", "a", "e", "b", "d"].map((id) => ({ id, queue: id < "c" ? "low" : "high", everyMs: 60_000 })),
      );
      assert.deepEqual(
        saved.map((each) => each.id),
        ["c", "a", "e", "b", "d"],
      );
      await store.schedules.pause("d");
      const ids: string[] = [];
      let after: string | undefined;
      do {
        const page = await store.schedules.list({ limit: 2, ...(after === undefined ? {} : { after }) });
        ids.push(...page.items.map((each) => each.id));
        after = page.next ?? undefined;
      } while (after !== undefined);
      assert.deepEqual(ids, ["a", "b", "c", "d", "e"]);
      const listed = async (filter: Parameters<typeof store.schedules.list>[0]): Promise<string> =>
        (await store.schedules.list(filter)).items.map((each) => each.id).join("");
      assert.equal(await listed({ queue: "high" }), "cde");
      assert.equal(await listed({ status: "active" }), "abce");
      assert.equal(await listed({ queue: "high", status: "paused" }), "d");
      assert.equal(await listed({ queue: "high", status: "active", after: "c" }), "e");
      const counts = [{}, { queue: "high" }, { status: "active" }, { queue: "high", status: "paused" }] as const;
      assert.deepEqual(await Promise.all(counts.map((filter) => store.schedules.count(filter))), [5, 3, 4, 1]);
    },
  },
  {
    name: "a removed schedule has no ticks, and its jobs stay",
    async run({ store, clock }) {
      await store.schedules.save({ id: "s", queue: "q", everyMs: 1000 });
      const { jobId } = await store.schedules.trigger("s");
      assert.equal(await store.schedules.remove("s"), true);
      assert.equal(await store.schedules.remove("s"), false);
      await clock.advance(5000);
      assert.equal((await store.schedules.pushDue()).schedules, 0);
      assert.equal((await store.jobs.list()).items[0]?.id, jobId);
    },
  },
  {
    name: "what a transaction does to schedules is undone with it",
    async run({ store, clock }) {
      await store.schedules.save({ id: "s", queue: "q", everyMs: 60_000 });
      await clock.advance(61_000);
      await assert.rejects(
        store.transaction(async (tx) => {
          await tx.schedules.save({ id: "t", queue: "q", everyMs: 60_000 });
          assert.equal((await tx.schedules.pushDue()).pushed, 1);
          assert.equal((await tx.schedules.trigger("s")).outcome, "pushed");
          await tx.schedules.remove("s");
          assert.deepEqual(
            (await tx.schedules.list()).items.map((each) => each.id),
            ["t"],
          );
          throw new RangeError("undone");
        }),
        RangeError,
      );
      assert.deepEqual(
        (await store.schedules.list()).items.map((each) => each.id),
        ["s"],
      );
      assert.equal((await store.jobs.list()).items.length, 0);
      assert.equal((await store.schedules.pushDue()).pushed, 1);
    },
  },
];
