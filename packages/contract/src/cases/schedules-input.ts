import assert from "node:assert/strict";
import type { ScheduleInput } from "holdfast/schedules";
import type { ContractCase } from "../case.ts";

const plain = { id: "s", queue: "q", everyMs: 1000 };
const cron = { id: "s", queue: "q", cron: "* * * * *" };
const tenYearsMs = 10 * 366 * 86_400_000;

/** Wrong inputs, each with the field that it is wrong in. */
const wrong: readonly (readonly [string, unknown])[] = [
  ["input", null],
  ["input", [plain]],
  ["id", { ...plain, id: "" }],
  ["id", { ...plain, id: `${"é".repeat(100)}x` }],
  ["id", { ...plain, id: 7 }],
  ["queue", { ...plain, queue: "q".repeat(256) }],
  ["queue", { id: "s", everyMs: 1000 }],
  ["cron", { id: "s", queue: "q" }],
  ["cron", { ...plain, cron: "* * * * *" }],
  ["cron", { ...cron, cron: "every day" }],
  ["cron", { ...cron, cron: "0 0 30 2 *" }],
  ["cron", { ...cron, cron: null }],
  ["timeZone", { ...cron, timeZone: "Mars/Olympus" }],
  ["timeZone", { ...cron, timeZone: "" }],
  ["timeZone", { ...plain, timeZone: "UTC" }],
  ["everyMs", { ...plain, everyMs: 0 }],
  ["everyMs", { ...plain, everyMs: -1000 }],
  ["everyMs", { ...plain, everyMs: 999 }],
  ["everyMs", { ...plain, everyMs: 1000.5 }],
  ["everyMs", { ...plain, everyMs: tenYearsMs + 1 }],
  ["everyMs", { ...plain, everyMs: 2 ** 53 + 2 }],
  ["everyMs", { ...plain, everyMs: Number.NaN }],
  ["everyMs", { ...plain, everyMs: "1000" }],
  ["overlap", { ...plain, overlap: "never" }],
  ["catchUp", { ...plain, catchUp: "some" }],
  ["catchUpLimit", { ...plain, catchUpLimit: 0 }],
  ["catchUpLimit", { ...plain, catchUpLimit: 1001 }],
  ["missedAfterMs", { ...plain, missedAfterMs: 999 }],
  ["missedAfterMs", { ...plain, missedAfterMs: 86_400_001 }],
  ["startsAt", { ...plain, startsAt: "2026-01-01" }],
  ["endsAt", { ...plain, endsAt: new Date(Number.NaN) }],
  ["endsAt", { ...plain, startsAt: new Date(2), endsAt: new Date(1) }],
  ["priority", { ...plain, priority: 0.5 }],
  ["maxAttempts", { ...plain, maxAttempts: 0 }],
  ["backoff.maxMs", { ...plain, backoff: { initialMs: 2, maxMs: 1 } }],
  ["group", { ...plain, group: "" }],
  ["requires", { ...plain, requires: "gpu" }],
  ["payload.at", { ...plain, payload: { at: new Date() } }],
  ["expectedVersion", { ...plain, expectedVersion: -1 }],
];

/** What the inputs of schedules may be. */
export const schedulesInputCases: readonly ContractCase[] = [
  {
    name: "a wrong input is refused by the name of its field, and nothing is saved",
    async run({ store }) {
      for (const [field, input] of wrong) {
        const error = { code: "invalid_input", facts: { field } };
        await assert.rejects(store.schedules.save(input as ScheduleInput), error, field);
      }
      assert.equal((await store.schedules.list()).items.length, 0);
    },
  },
  {
    name: "inputs at their limits are kept",
    async run({ store }) {
      const id = "é".repeat(100);
      const saved = await store.schedules.saveMany([
        { ...plain, id, queue: "q".repeat(255), everyMs: 1000, catchUpLimit: 1, missedAfterMs: 1000 },
        {
          ...plain,
          id: "t",
          everyMs: tenYearsMs,
          catchUpLimit: 1000,
          missedAfterMs: 86_400_000,
          startsAt: new Date(1),
          endsAt: new Date(1),
        },
      ]);
      assert.deepEqual(saved, [await store.schedules.require(id), await store.schedules.require("t")]);
      assert.deepEqual(await store.schedules.saveMany([]), []);
      const { jobId } = await store.schedules.trigger(id);
      assert.ok(jobId !== null && (await store.jobs.get(jobId)) !== null);
    },
  },
  {
    name: "wrong ids, filters and options are refused by the name of their field",
    async run({ store }) {
      const { schedules } = store;
      const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
        ["inputs", () => schedules.saveMany(null as unknown as readonly ScheduleInput[])],
        ["inputs[1]", () => schedules.saveMany([plain, plain])],
        ["id", () => schedules.get("")],
        ["id", () => schedules.require("\0")],
        ["id", () => schedules.remove("x".repeat(201))],
        ["id", () => schedules.pause("")],
        ["id", () => schedules.resume("")],
        ["id", () => schedules.trigger("")],
        ["id", () => schedules.preview("")],
        ["status", () => schedules.list({ status: "gone" as "ended" })],
        ["limit", () => schedules.list({ limit: 1001 })],
        ["queue", () => schedules.list({ queue: "" })],
        ["options", () => schedules.pushDue(null as unknown as object)],
        ["limit", () => schedules.pushDue({ limit: 0 })],
        ["limit", () => schedules.pushDue({ limit: 501 })],
        ["leaseMs", () => schedules.pushDue({ leaseMs: 9 })],
      ];
      for (const [field, call] of calls) {
        await assert.rejects(call(), { code: "invalid_input", facts: { field } }, field);
      }
    },
  },
];
