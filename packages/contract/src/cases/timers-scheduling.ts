import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { TimerStatus } from "holdfast/timers";
import type { ContractCase } from "../case.ts";

const hourMs = 3_600_000;

/** What scheduling, canceling and reading timers promise. */
export const timersScheduleCases: readonly ContractCase[] = [
  {
    name: "a timer is kept as it was scheduled",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const fireAt = new Date("2999-12-31T23:59:59.999Z");
      const payload = { text: "a\0b\ud800", list: [null] };
      const scheduled = await store.timers.schedule({
        id: "t",
        executionId: "e",
        step: "s",
        fireAt,
        payload,
        dedupeKey: "d",
      });
      assert.deepEqual(scheduled, { id: "t", outcome: "scheduled", status: "scheduled", fireAt });
      const { createdAt, ...timer } = await store.timers.require("t");
      assert.ok(createdAt instanceof Date);
      assert.deepEqual(timer, {
        id: "t",
        executionId: "e",
        step: "s",
        status: "scheduled",
        fireAt,
        dedupeKey: "d",
        holder: null,
        token: 0,
        leaseUntil: null,
        firedAt: null,
        canceledAt: null,
        wait: null,
        payload,
      });
    },
  },
  {
    name: "a payload that was not given is undefined, and null is a payload",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.timers.schedule({ id: "none", executionId: "e", step: "s", afterMs: 0 });
      await store.timers.schedule({ id: "null", executionId: "e", step: "s", afterMs: 0, payload: null });
      assert.equal((await store.timers.require("none")).payload, undefined);
      assert.equal((await store.timers.require("null")).payload, null);
    },
  },
  {
    name: "a delay counts from the database's clock",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await clock.advance(1000 * hourMs);
      const before = await clock.now();
      const { fireAt } = await store.timers.schedule({ executionId: "e", step: "s", afterMs: 5000 });
      const after = await clock.now();
      assert.ok(fireAt.getTime() >= before.getTime() + 5000);
      assert.ok(fireAt.getTime() <= after.getTime() + 5001);
    },
  },
  {
    name: "a dedupe key keeps the execution's first timer, scheduled, fired or canceled",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const again = { executionId: "e", step: "other", afterMs: 9 * hourMs };
      const soon = await store.timers.schedule({ executionId: "e", step: "s", afterMs: 0, dedupeKey: "fired" });
      assert.deepEqual(await store.timers.schedule({ ...again, dedupeKey: "fired" }), { ...soon, outcome: "kept" });
      const [claim] = await store.timers.claim();
      assert.ok(claim);
      assert.deepEqual(await store.timers.schedule({ ...again, dedupeKey: "fired" }), {
        ...soon,
        outcome: "kept",
        status: "claimed",
      });
      await store.timers.acknowledge(claim);
      assert.deepEqual(await store.timers.schedule({ ...again, dedupeKey: "fired" }), {
        ...soon,
        outcome: "kept",
        status: "fired",
      });

      const late = await store.timers.schedule({ executionId: "e", step: "s", afterMs: hourMs, dedupeKey: "canceled" });
      assert.equal(await store.timers.cancel(late.id), true);
      assert.deepEqual(await store.timers.schedule({ ...again, dedupeKey: "canceled" }), {
        ...late,
        outcome: "kept",
        status: "canceled",
      });
      assert.deepEqual(
        (await store.timers.list()).items.map((timer) => timer.step),
        ["s", "s"],
      );
    },
  },
  {
    name: "a replayed call with the same id and dedupe key is kept, and a dedupe key counts under its execution only",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.executions.create({ id: "f" });
      const input = { id: "t", executionId: "e", step: "s", afterMs: hourMs, dedupeKey: "d" };
      const first = await store.timers.schedule(input);
      assert.equal(first.outcome, "scheduled");
      assert.deepEqual(await store.timers.schedule(input), { ...first, outcome: "kept" });
      assert.equal((await store.timers.schedule({ ...input, id: "u", executionId: "f" })).outcome, "scheduled");
    },
  },
  {
    name: "many timers are scheduled together, each with its outcome in order, or none of them",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const timer = { executionId: "e", step: "s", afterMs: hourMs };
      await store.timers.schedule({ ...timer, id: "old", dedupeKey: "d" });
      const outcomes = await store.timers.scheduleMany([
        { ...timer, id: "b" },
        { ...timer, id: "new", dedupeKey: "d" },
        { ...timer, id: "a", dedupeKey: "c" },
      ]);
      assert.deepEqual(
        outcomes.map(({ id, outcome }) => [id, outcome]),
        [
          ["b", "scheduled"],
          ["old", "kept"],
          ["a", "scheduled"],
        ],
      );
      const doomed = store.timers.scheduleMany([
        { ...timer, id: "c" },
        { ...timer, executionId: "none" },
      ]);
      await assert.rejects(doomed, { code: "not_found" });
      assert.equal(await store.timers.get("c"), null);
      assert.deepEqual(await store.timers.scheduleMany([]), []);
    },
  },
  {
    name: "cancel is true only where the timer will now never fire because of it",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      const timer = { executionId: "e", step: "s" };
      await store.timers.schedule({ ...timer, id: "later", afterMs: hourMs });
      assert.equal(await store.timers.cancel("later"), true);
      assert.equal(await store.timers.cancel("later"), false);
      assert.equal(await store.timers.get("later"), null);
      assert.equal(await store.timers.cancel("unknown"), false);

      await store.timers.scheduleMany(["claimed", "fired", "lapsed"].map((id) => ({ ...timer, id, afterMs: 0 })));
      const claims = await store.timers.claim({ leaseMs: hourMs });
      assert.equal(await store.timers.cancel("claimed"), false);
      await store.timers.acknowledgeMany(claims.filter(({ id }) => id === "fired"));
      assert.equal(await store.timers.cancel("fired"), false);
      await clock.advance(hourMs);
      assert.equal(await store.timers.cancel("lapsed"), true);
      const lapsed = claims.filter(({ id }) => id === "lapsed");
      assert.deepEqual(await store.timers.acknowledgeMany(lapsed), [{ ok: false, current: null }]);
      assert.deepEqual(
        (await store.timers.claim()).map(({ id }) => id),
        ["claimed"],
      );
    },
  },
  {
    name: "a canceled timer with a dedupe key stays as canceled and is never claimed",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.timers.schedule({ id: "t", executionId: "e", step: "s", afterMs: 1000, dedupeKey: "d" });
      assert.equal(await store.timers.cancel("t"), true);
      assert.equal(await store.timers.cancel("t"), false);
      const { status, canceledAt } = await store.timers.require("t");
      assert.equal(status, "canceled");
      assert.ok(canceledAt instanceof Date);
      assert.equal(await store.timers.next(), null);
      await clock.advance(hourMs);
      assert.deepEqual(await store.timers.claim(), []);
    },
  },
  {
    name: "all timers of an execution are canceled together but those that are claimed or have fired, and no one else's",
    async run({ store }) {
      for (const id of ["e", "f"]) await store.executions.create({ id });
      await store.timers.schedule({ id: "claimed", executionId: "e", step: "s", afterMs: 0 });
      await store.timers.claim();
      await store.timers.scheduleMany([
        { executionId: "e", step: "s", afterMs: hourMs },
        { executionId: "e", step: "t", afterMs: hourMs, dedupeKey: "d" },
        { executionId: "f", step: "s", afterMs: hourMs },
      ]);
      assert.equal(await store.timers.cancelAll({ executionId: "e", step: "none" }), 0);
      assert.equal(await store.timers.cancelAll({ executionId: "e", step: "t" }), 1);
      assert.equal(await store.timers.cancelAll({ executionId: "e" }), 1);
      assert.equal(await store.timers.cancelAll({ executionId: "e" }), 0);
      assert.deepEqual(await statesOf(store, "e"), ["claimed", "canceled"]);
      assert.deepEqual(await statesOf(store, "f"), ["scheduled"]);
    },
  },
  {
    name: "the timers of a removed execution are gone",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.timers.schedule({ id: "t", executionId: "e", step: "s", afterMs: 0 });
      await store.executions.remove("e");
      assert.equal(await store.timers.get("t"), null);
      assert.equal(await store.timers.next(), null);
    },
  },
  {
    name: "what a transaction that fails has scheduled, canceled and acknowledged never happened",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.timers.schedule({ id: "due", executionId: "e", step: "s", afterMs: 0 });
      await store.timers.schedule({ id: "later", executionId: "e", step: "s", afterMs: hourMs });
      const [claim] = await store.timers.claim();
      assert.ok(claim);
      const undone = store.transaction(async (tx) => {
        await tx.timers.schedule({ id: "new", executionId: "e", step: "s", afterMs: 0 });
        assert.equal(await tx.timers.cancel("later"), true);
        assert.deepEqual(await tx.timers.acknowledge(claim), { ok: true });
        throw new Error("undo");
      });
      await assert.rejects(undone, /undo/);
      assert.equal(await store.timers.get("new"), null);
      assert.deepEqual(await statesOf(store, "e"), ["claimed", "scheduled"]);
    },
  },
  {
    name: "timers are listed by moment, then in the order of scheduling, in pages, by execution and status",
    async run({ store, clock }) {
      for (const id of ["e", "f"]) await store.executions.create({ id });
      const start = (await clock.now()).getTime();
      const at = (hours: number): Date => new Date(start + hours * hourMs);
      await store.timers.schedule({ id: "3", executionId: "e", step: "s", fireAt: at(5) });
      await store.timers.schedule({ id: "4", executionId: "f", step: "s", fireAt: at(5) });
      await store.timers.schedule({ id: "5", executionId: "e", step: "s", fireAt: at(5) });
      await store.timers.schedule({ id: "2", executionId: "e", step: "s", fireAt: at(-1) });
      await store.timers.schedule({ id: "1", executionId: "f", step: "s", fireAt: at(-2) });
      await store.timers.acknowledgeMany(await store.timers.claim({ limit: 1 }));
      await store.timers.claim({ limit: 1 });
      const pages = async (filter: { executionId?: string; status?: TimerStatus }): Promise<string[]> => {
        const found: string[] = [];
        let after: string | undefined;
        do {
          const page = await store.timers.list({ ...filter, limit: 2, ...(after === undefined ? {} : { after }) });
          found.push(page.items.map((timer) => timer.id).join());
          after = page.next ?? undefined;
        } while (after !== undefined);
        return found;
      };
      assert.deepEqual(await pages({}), ["1,2", "3,4", "5"]);
      assert.deepEqual(await pages({ executionId: "e" }), ["2,3", "5"]);
      assert.deepEqual(await pages({ status: "fired" }), ["1"]);
      assert.deepEqual(await pages({ status: "claimed" }), ["2"]);
      assert.deepEqual(await pages({ status: "scheduled" }), ["3,4", "5"]);
      assert.deepEqual(await pages({ status: "scheduled", executionId: "f" }), ["4"]);
      assert.deepEqual(await pages({ status: "canceled" }), [""]);
    },
  },
];

async function statesOf(store: Store, executionId: string): Promise<readonly TimerStatus[]> {
  const { items } = await store.timers.list({ executionId });
  return items.map((timer) => timer.status);
}
