import assert from "node:assert/strict";
import type { TimerInput } from "holdfast/timers";
import type { ContractCase } from "../case.ts";

const timer: TimerInput = { executionId: "e", step: "s" };
const soon = new Date();

/** Timers that are refused before anything is written, by the field that the error names. */
const badTimers: readonly (readonly [field: string, input: TimerInput])[] = [
  ["fireAt", timer],
  ["fireAt", { ...timer, fireAt: soon, afterMs: 1 }],
  ["fireAt", { ...timer, fireAt: new Date(Number.NaN) }],
  ["fireAt", { ...timer, fireAt: new Date("+010000-01-01T00:00:00Z") }],
  ["fireAt", { ...timer, fireAt: new Date("0000-12-31T23:59:59Z") }],
  ["fireAt", { ...timer, fireAt: "2030-01-01" as unknown as Date }],
  ["afterMs", { ...timer, afterMs: -1 }],
  ["afterMs", { ...timer, afterMs: 0.5 }],
  ["afterMs", { ...timer, afterMs: 1e13 }],
  ["executionId", { ...timer, afterMs: 1, executionId: "" }],
  ["step", { ...timer, afterMs: 1, step: "a\0" }],
  ["id", { ...timer, afterMs: 1, id: "x".repeat(256) }],
  ["dedupeKey", { ...timer, afterMs: 1, dedupeKey: "" }],
  ["payload", { ...timer, afterMs: 1, payload: 10n }],
  ["payload[0]", { ...timer, afterMs: 1, payload: [Number.NaN] }],
];

/** What is refused, and that it is refused alone. */
export const timersInputCases: readonly ContractCase[] = [
  {
    name: "a bad timer is refused with the name of the field, and writes nothing",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (const [field, input] of badTimers) {
        await assert.rejects(store.timers.schedule(input), { code: "invalid_input", facts: { field } });
      }
      assert.deepEqual((await store.timers.list()).items, []);
    },
  },
  {
    name: "a timer may fire at the first and the last moment that a calendar of four digits has",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const moments = [new Date("0001-01-01T00:00:00.000Z"), new Date("9999-12-31T23:59:59.999Z")];
      for (const [i, fireAt] of moments.entries()) {
        await store.timers.schedule({ ...timer, id: `${i}`, fireAt });
        assert.deepEqual((await store.timers.require(`${i}`)).fireAt, fireAt);
      }
      const first = await store.timers.list({ limit: 1 });
      assert.ok(first.next !== null);
      const second = await store.timers.list({ limit: 1, after: first.next });
      assert.deepEqual(
        [...first.items, ...second.items].map((each) => each.id),
        ["0", "1"],
      );
      assert.deepEqual(
        (await store.timers.claim()).map((each) => each.id),
        ["0"],
      );
      const next = await store.timers.next();
      assert.ok(next !== null);
    },
  },
  {
    name: "a bad claim, limit, lease or cursor is refused",
    async run({ store }) {
      const { timers } = store;
      const refused = { code: "invalid_input" };
      const claim = { id: "t", token: 1 };
      await assert.rejects(timers.claim({ limit: 0 }), refused);
      await assert.rejects(timers.claim({ limit: 1001 }), refused);
      await assert.rejects(timers.claim({ leaseMs: 1 }), refused);
      await assert.rejects(timers.claim({ holder: "" }), refused);
      await assert.rejects(timers.acknowledge({ id: "", token: 1 }), refused);
      await assert.rejects(timers.acknowledge({ id: "t", token: -1 }), refused);
      await assert.rejects(timers.acknowledgeMany([claim, claim]), refused);
      await assert.rejects(timers.release(claim, { afterMs: -1 }), refused);
      await assert.rejects(timers.heartbeat([claim], { leaseMs: 0 }), refused);
      await assert.rejects(timers.cancel(""), refused);
      await assert.rejects(timers.cancelAll({ executionId: "" }), refused);
      await assert.rejects(timers.get(""), refused);
      await assert.rejects(timers.list({ after: "x" }), refused);
      await assert.rejects(timers.list({ status: "late" as "fired" }), refused);
    },
  },
  {
    name: "a batch holds an id once, and a dedupe key of an execution once",
    async run({ store }) {
      const refused = { code: "invalid_input" };
      const input = { ...timer, afterMs: 1 };
      await assert.rejects(
        store.timers.scheduleMany([
          { ...input, id: "t" },
          { ...input, id: "t" },
        ]),
        refused,
      );
      await assert.rejects(
        store.timers.scheduleMany([
          { ...input, dedupeKey: "d" },
          { ...input, dedupeKey: "d" },
        ]),
        refused,
      );
    },
  },
  {
    name: "a timer without its execution is refused, and a timer's id is taken once",
    async run({ store }) {
      await assert.rejects(store.timers.schedule({ ...timer, afterMs: 1 }), { code: "not_found" });
      await store.executions.create({ id: "e" });
      await store.timers.schedule({ ...timer, id: "t", afterMs: 1 });
      await assert.rejects(store.timers.schedule({ ...timer, id: "t", afterMs: 1 }), { code: "duplicate" });
      await assert.rejects(store.timers.require("u"), { code: "not_found" });
    },
  },
  {
    name: "of timers that travel together only the one without its execution fails",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) =>
          store.timers.schedule({ ...timer, afterMs: 1, executionId: i === 7 ? "none" : "e" }),
        ),
      );
      assert.deepEqual(
        outcomes.flatMap((each, i) => (each.status === "rejected" ? [i] : [])),
        [7],
      );
    },
  },
];
