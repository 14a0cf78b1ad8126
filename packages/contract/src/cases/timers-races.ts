import assert from "node:assert/strict";
import type { ClaimedTimer } from "holdfast/timers";
import type { ContractCase } from "../case.ts";

/** What holds when many act on timers at once. */
export const timersRaceCases: readonly ContractCase[] = [
  {
    name: "many pollers claim each due timer once",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.timers.scheduleMany(Array.from({ length: 500 }, () => ({ executionId: "e", step: "s", afterMs: 0 })));
      const claims: ClaimedTimer[] = [];
      const poll = async (): Promise<void> => {
        for (;;) {
          const claimed = await store.timers.claim({ limit: 7 });
          if (claimed.length === 0) return;
          claims.push(...claimed);
        }
      };
      await Promise.all(Array.from({ length: 10 }, poll));
      // A poller may pass rows by that another has locked; what is left is the last one's.
      await poll();
      assert.equal(claims.length, 500);
      assert.equal(new Set(claims.map((claim) => claim.id)).size, 500);
      const outcomes = await Promise.all(claims.map((claim) => store.timers.acknowledge(claim)));
      assert.ok(outcomes.every((outcome) => outcome.ok));
    },
  },
  {
    name: "many pollers claim each timer whose claim ran out once",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.timers.scheduleMany(Array.from({ length: 100 }, () => ({ executionId: "e", step: "s", afterMs: 0 })));
      const lost = await store.timers.claim({ limit: 100, leaseMs: 1_000_000 });
      await clock.advance(1_000_001);
      const rounds = await Promise.all(Array.from({ length: 10 }, () => store.timers.claim({ limit: 20 })));
      const claims = [...rounds.flat(), ...(await store.timers.claim({ limit: 100 }))];
      assert.equal(claims.length, 100);
      assert.equal(new Set(claims.map((claim) => claim.id)).size, 100);
      assert.ok(claims.every((claim) => lost.every((former) => former.token < claim.token)));
    },
  },
  {
    name: "of pollers that claim at once each gets no more than it asked for, under its own name and for its own lease",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      const start = (await clock.now()).getTime();
      await store.timers.scheduleMany(
        Array.from({ length: 30 }, (_, i) => ({ executionId: "e", step: `${i}`, fireAt: new Date(start - 1000 + i) })),
      );
      const requests = [
        { limit: 4, holder: "a", leaseMs: 1_000_000 },
        { limit: 3, holder: "b", leaseMs: 1_000_000 },
        { limit: 5, holder: "a", leaseMs: 1_000_000 },
        { limit: 2, holder: "a", leaseMs: 3_000_000 },
        { limit: 1000, leaseMs: 1_000_000 },
        { limit: 1000, leaseMs: 1_000_000 },
      ];
      const claimed = await Promise.all(requests.map((request) => store.timers.claim(request)));
      const claims = claimed.flat();
      assert.equal(claims.length, 30);
      assert.equal(new Set(claims.map((claim) => claim.id)).size, 30);
      assert.equal(new Set(claims.map((claim) => claim.token)).size, 30);
      for (const [i, { limit, holder = null, leaseMs }] of requests.entries()) {
        const mine = claimed[i] ?? [];
        assert.ok(mine.length <= limit);
        assert.deepEqual(
          mine.map((claim) => Number(claim.step)),
          mine.map((claim) => Number(claim.step)).sort((a, b) => a - b),
        );
        for (const { id, leaseUntil } of mine) {
          const stored = await store.timers.require(id);
          assert.equal(stored.holder, holder);
          assert.ok(Math.abs(leaseUntil.getTime() - start - leaseMs) < 900_000);
        }
      }
      const outcomes = await Promise.all(claims.map((claim) => store.timers.acknowledge(claim)));
      assert.ok(outcomes.every((outcome) => outcome.ok));
    },
  },
  {
    name: "of calls that schedule under one dedupe key at once one schedules, and the others keep its timer",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const input = { executionId: "e", step: "s", afterMs: 1_000_000, dedupeKey: "d" };
      const outcomes = await Promise.all(
        Array.from({ length: 12 }, (_, i) =>
          i % 2 ? store.timers.schedule(input) : store.transaction((tx) => tx.timers.schedule(input)),
        ),
      );
      assert.equal(outcomes.filter((each) => each.outcome === "scheduled").length, 1);
      assert.equal(new Set(outcomes.map((each) => each.id)).size, 1);
      assert.equal((await store.timers.list()).items.length, 1);
    },
  },
  {
    name: "batches that name the same timers in other orders all succeed",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const ids = Array.from({ length: 50 }, (_, i) => `t${i}`);
      const timers = ids.map((id) => ({ id, executionId: "e", step: "s", afterMs: 0, dedupeKey: id }));
      await Promise.all([timers, timers.toReversed(), timers].map((batch) => store.timers.scheduleMany(batch)));
      const claims = await store.timers.claim();
      assert.equal(claims.length, 50);
      const outcomes = await Promise.all(
        [claims, claims.toReversed(), claims].map((batch) => store.timers.acknowledgeMany(batch)),
      );
      assert.ok(outcomes.flat().every((outcome) => outcome.ok));
    },
  },
  {
    name: "a timer is canceled or claimed, never both and never neither",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const ids = Array.from({ length: 40 }, (_, i) => `t${i}`);
      await store.timers.scheduleMany(ids.map((id) => ({ id, executionId: "e", step: "s", afterMs: 0 })));
      const [canceled, ...rounds] = await Promise.all([
        Promise.all(ids.map((id) => store.transaction((tx) => tx.timers.cancel(id)))),
        ...Array.from({ length: 8 }, () => store.timers.claim({ limit: 3 })),
      ]);
      const claims = [...rounds.flat(), ...(await store.timers.claim())];
      const claimed = new Set(claims.map((claim) => claim.id));
      assert.equal(claimed.size, claims.length);
      assert.deepEqual(
        ids.map((id) => claimed.has(id)),
        canceled.map((isCanceled) => !isCanceled),
      );
    },
  },
];
