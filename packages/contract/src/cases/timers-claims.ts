import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";
import { areHeld } from "./held.ts";

const hourMs = 3_600_000;

/** What claiming and acknowledging timers promise. */
export const timersClaimCases: readonly ContractCase[] = [
  {
    name: "a timer is claimed when it is due, not before, and fires once it is acknowledged",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.timers.schedule({ id: "t", executionId: "e", step: "s", afterMs: hourMs, payload: { n: 1 } });
      assert.deepEqual(await store.timers.claim(), []);
      await clock.advance(hourMs + 1);
      const [claim, ...others] = await store.timers.claim({ holder: "poller 1", leaseMs: hourMs });
      assert.ok(claim);
      assert.deepEqual(others, []);
      const { token, executionId, step, payload } = claim;
      assert.deepEqual({ executionId, step, payload }, { executionId: "e", step: "s", payload: { n: 1 } });
      const claimed = await store.timers.require("t");
      assert.deepEqual([claimed.status, claimed.holder, claimed.firedAt], ["claimed", "poller 1", null]);
      assert.equal(claimed.token, token);
      assert.deepEqual(claimed.leaseUntil, claim.leaseUntil);
      assert.deepEqual(await store.timers.acknowledge(claim), { ok: true });
      const fired = await store.timers.require("t");
      assert.deepEqual([fired.status, fired.leaseUntil], ["fired", null]);
      assert.ok(fired.firedAt instanceof Date);
      await clock.advance(100 * hourMs);
      assert.deepEqual(await store.timers.claim(), []);
    },
  },
  {
    name: "due timers are claimed by moment, then in the order of scheduling, at most as many as asked for",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      const start = (await clock.now()).getTime();
      const timers = [
        ["c", -1],
        ["a", -2],
        ["d", -1],
        ["b", -2],
        ["later", 1],
      ] as const;
      for (const [id, hours] of timers) {
        await store.timers.schedule({ id, executionId: "e", step: "s", fireAt: new Date(start + hours * hourMs) });
      }
      const claimed = async (): Promise<string> =>
        (await store.timers.claim({ limit: 3 })).map((each) => each.id).join();
      assert.equal(await claimed(), "a,b,c");
      assert.equal(await claimed(), "d");
      assert.equal(await claimed(), "");
    },
  },
  {
    name: "a timer whose claimer fell silent fires again under a higher token, and the former claim changes nothing",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.timers.schedule({ id: "t", executionId: "e", step: "s", afterMs: 0 });
      const [first] = await store.timers.claim({ leaseMs: hourMs, holder: "one" });
      assert.ok(first);
      await clock.advance(hourMs - 60_000);
      assert.deepEqual(await store.timers.claim(), []);
      await clock.advance(60_000);
      // Its time is over, though nobody has claimed the timer yet.
      const late = await store.timers.acknowledge(first);
      assert.ok(!late.ok && late.current?.status === "claimed" && late.current.holder === "one");
      const [second] = await store.timers.claim({ leaseMs: hourMs, holder: "two" });
      assert.ok(second);
      assert.ok(second.token > first.token);
      for (const stale of [await store.timers.acknowledge(first), await store.timers.release(first)]) {
        assert.ok(!stale.ok);
        assert.deepEqual(stale.current, {
          status: "claimed",
          token: second.token,
          holder: "two",
          leaseUntil: second.leaseUntil,
          firedAt: null,
        });
      }
      assert.deepEqual(areHeld(await store.timers.heartbeat([first, { id: "unknown", token: 1 }])), [false, false]);
      assert.deepEqual(await store.timers.acknowledge(second), { ok: true });
    },
  },
  {
    name: "claims that ran out come before timers that have just become due",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.timers.schedule({ id: "old", executionId: "e", step: "s", afterMs: 0 });
      await store.timers.claim({ leaseMs: hourMs });
      await store.timers.schedule({ id: "new", executionId: "e", step: "s", afterMs: 1000 });
      await clock.advance(2 * hourMs);
      assert.deepEqual(
        (await store.timers.claim({ limit: 1 })).map((each) => each.id),
        ["old"],
      );
      assert.deepEqual(
        (await store.timers.claim()).map((each) => each.id),
        ["new"],
      );
    },
  },
  {
    name: "an acknowledgement can be made again by the claim that made it, and by no other",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.timers.schedule({ id: "t", executionId: "e", step: "s", afterMs: 0 });
      const [claim] = await store.timers.claim();
      assert.ok(claim);
      await store.timers.acknowledge(claim);
      const { firedAt } = await store.timers.require("t");
      assert.deepEqual(await store.timers.acknowledge(claim), { ok: true });
      assert.deepEqual((await store.timers.require("t")).firedAt, firedAt);
      const other = await store.timers.acknowledge({ id: "t", token: claim.token + 1 });
      assert.ok(!other.ok && other.current?.status === "fired");
      assert.deepEqual(await store.timers.acknowledge({ id: "unknown", token: 1 }), { ok: false, current: null });
      const released = await store.timers.release(claim);
      assert.ok(!released.ok && released.current?.status === "fired");
    },
  },
  {
    name: "a released timer is due again at once, or after its delay",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.timers.schedule({ id: "t", executionId: "e", step: "s", afterMs: 0 });
      const [first] = await store.timers.claim();
      assert.ok(first);
      assert.deepEqual(await store.timers.release(first), { ok: true, fireAt: first.fireAt });
      const [second] = await store.timers.claim();
      assert.ok(second && second.token > first.token);
      assert.ok(!(await store.timers.acknowledge(first)).ok);
      const [released] = await store.timers.releaseMany([second], { afterMs: hourMs });
      assert.deepEqual(released, { ok: true, fireAt: (await store.timers.require("t")).fireAt });
      assert.deepEqual(await store.timers.claim(), []);
      await clock.advance(hourMs + 1);
      assert.equal((await store.timers.claim()).length, 1);
    },
  },
  {
    name: "a heartbeat keeps claims alive, all in one call",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.timers.scheduleMany(["a", "b"].map((id) => ({ id, executionId: "e", step: "s", afterMs: 0 })));
      const claims = await store.timers.claim({ leaseMs: hourMs });
      await clock.advance(hourMs / 2);
      assert.deepEqual(areHeld(await store.timers.heartbeat(claims, { leaseMs: hourMs })), [true, true]);
      await clock.advance(hourMs / 2 + 60_000);
      assert.deepEqual(await store.timers.claim(), []);
      assert.deepEqual(await store.timers.acknowledgeMany(claims), [{ ok: true }, { ok: true }]);
      assert.deepEqual(areHeld(await store.timers.heartbeat(claims)), [false, false]);
      assert.deepEqual(await store.timers.heartbeat([]), []);
    },
  },
  {
    name: "outcomes of a batch come in its order, the lost ones beside the others",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.timers.scheduleMany(["a", "b", "c"].map((id) => ({ id, executionId: "e", step: "s", afterMs: 0 })));
      const claims = await store.timers.claim();
      const [a, b, c] = claims;
      assert.ok(a && b && c);
      const outcomes = await store.timers.acknowledgeMany([c, { ...b, token: b.token + 1 }, a]);
      assert.deepEqual(
        outcomes.map((each) => each.ok),
        [true, false, true],
      );
      assert.equal((await store.timers.require("b")).status, "claimed");
      assert.deepEqual(await store.timers.acknowledgeMany([]), []);
    },
  },
  {
    name: "next tells when there is something to claim: the earliest timer or the end of a claim",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      assert.equal(await store.timers.next(), null);
      const later = await store.timers.schedule({ executionId: "e", step: "s", afterMs: 5 * hourMs });
      assert.deepEqual((await store.timers.next())?.at, later.fireAt);
      const sooner = await store.timers.schedule({ executionId: "e", step: "s", afterMs: hourMs });
      const next = await store.timers.next();
      assert.ok(next && next.inMs > 0 && next.inMs <= hourMs + 1);
      assert.deepEqual(next.at, sooner.fireAt);
      await clock.advance(next.inMs);
      const due = await store.timers.next();
      assert.deepEqual(due, { at: sooner.fireAt, inMs: 0 });
      const [claim] = await store.timers.claim({ leaseMs: 2 * hourMs });
      assert.ok(claim);
      const lease = await store.timers.next();
      assert.ok(lease && lease.at.getTime() - claim.leaseUntil.getTime() <= 1 && lease.at >= claim.leaseUntil);
      await clock.advance(lease.inMs);
      const [again] = await store.timers.claim();
      assert.equal(again?.id, claim.id);
      assert.ok(again);
      await store.timers.acknowledge(again);
      assert.deepEqual((await store.timers.next())?.at, later.fireAt);
    },
  },
  {
    name: "an acknowledgement in a transaction commits with what else is in it",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.timers.schedule({ id: "t", executionId: "e", step: "s", afterMs: 0 });
      await store.transaction(async (tx) => {
        const [claim] = await tx.timers.claim();
        assert.ok(claim);
        await tx.timers.schedule({ id: "u", executionId: "e", step: "s", afterMs: hourMs });
        assert.deepEqual(await tx.timers.acknowledge(claim), { ok: true });
      });
      assert.equal((await store.timers.require("t")).status, "fired");
      assert.equal((await store.timers.require("u")).status, "scheduled");
    },
  },
];
