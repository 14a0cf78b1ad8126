import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { ContractCase } from "../case.ts";
import { pushedAs } from "./pushed.ts";

async function claimed(store: Store): Promise<readonly unknown[]> {
  const claims = await store.jobs.claim({ queues: ["q"], limit: 10, leaseMs: 3_600_000 });
  return claims.map((claim) => claim.payload);
}

/** What debounced and throttled pushes promise. */
export const jobsDebounceCases: readonly ContractCase[] = [
  {
    name: "a debounced job runs once, so long after the last of its pushes, with what that one gave",
    async run({ store, clock }) {
      const push = (payload: number): Promise<{ outcome: string }> =>
        store.jobs.push({ queue: "q", uniqueKey: "k", debounceMs: 100_000, payload });
      assert.equal((await push(1)).outcome, "created");
      for (const payload of [2, 3]) {
        await clock.advance(90_000);
        assert.equal((await push(payload)).outcome, "replaced");
      }
      await clock.advance(90_000);
      assert.deepEqual(await claimed(store), []);
      await clock.advance(10_001);
      assert.deepEqual(await claimed(store), [3]);
      assert.equal((await push(4)).outcome, "created");
    },
  },
  {
    name: "a debounced job waits no longer than its bound, however many pushes follow",
    async run({ store, clock }) {
      const push = (payload: number): Promise<unknown> =>
        store.jobs.push({ queue: "q", uniqueKey: "k", debounceMs: 100_000, debounceMaxMs: 150_000, payload });
      await push(1);
      await clock.advance(90_000);
      await push(2);
      await clock.advance(50_000);
      assert.deepEqual(await claimed(store), []);
      await push(3);
      await clock.advance(10_001);
      assert.deepEqual(await claimed(store), [3]);
    },
  },
  {
    name: "a throttled key has one job a period, though that has ended",
    async run({ store, clock }) {
      const job = { queue: "q", uniqueKey: "k", throttleMs: 60_000 };
      const first = await store.jobs.push(job);
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1, leaseMs: 3_600_000 });
      assert.ok(claim);
      assert.deepEqual(
        await store.jobs.push(job),
        await pushedAs(store, { id: first.id, outcome: "kept", status: "running" }),
      );
      await store.jobs.complete(claim);
      for (const again of [job, { queue: "q", uniqueKey: "k" }, { ...job, throttleMs: 1 }]) {
        assert.deepEqual(
          await store.jobs.push(again),
          await pushedAs(store, { id: first.id, outcome: "kept", status: "succeeded" }),
        );
      }
      assert.equal((await store.jobs.push({ ...job, queue: "r" })).outcome, "created");
      await clock.advance(60_001);
      const second = await store.jobs.push(job);
      assert.equal(second.outcome, "created");
      assert.notEqual(second.id, first.id);
      assert.equal((await store.jobs.push(job)).id, second.id);
    },
  },
  {
    name: "a running job that is throttled keeps its key from a push that replaces",
    async run({ store }) {
      const first = await store.jobs.push({ queue: "q", uniqueKey: "k", throttleMs: 60_000, payload: 1 });
      const replace = { queue: "q", uniqueKey: "k", onConflict: "replace", payload: 2 } as const;
      assert.equal((await store.jobs.push(replace)).outcome, "replaced");
      assert.deepEqual(await claimed(store), [2]);
      assert.deepEqual(
        await store.jobs.push(replace),
        await pushedAs(store, { id: first.id, outcome: "kept", status: "running" }),
      );
    },
  },
  {
    name: "of many throttled pushes at once one makes the job",
    async run({ store }) {
      const push = (): Promise<{ outcome: string }> =>
        store.transaction((tx) => tx.jobs.push({ queue: "q", uniqueKey: "k", throttleMs: 60_000 }));
      const pushed = await Promise.all(Array.from({ length: 10 }, push));
      assert.equal(pushed.filter((each) => each.outcome === "created").length, 1);
    },
  },
];
