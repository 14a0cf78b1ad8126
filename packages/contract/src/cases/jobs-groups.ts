import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { JobInput } from "holdfast/jobs";
import type { ContractCase } from "../case.ts";

/** The groups of the next jobs, which are claimed and completed. */
async function serve(store: Store, limit: number): Promise<readonly (string | null)[]> {
  const claims = await store.jobs.claim({ queues: ["q"], limit });
  await store.jobs.completeMany(claims.map((claim) => ({ claim })));
  return Promise.all(claims.map(async ({ id }) => (await store.jobs.require(id)).group));
}

function pushOf(store: Store, group: string, count: number, priority = 0): Promise<unknown> {
  return store.jobs.pushMany(Array.from({ length: count }, () => ({ queue: "q", group, priority })));
}

function countOf(groups: readonly (string | null)[], group: string): number {
  return groups.filter((each) => each === group).length;
}

/** What groups and aging promise about the order of jobs. */
export const jobsGroupCases: readonly ContractCase[] = [
  {
    name: "groups are served in turn, however many jobs one has and whoever came first",
    async run({ store }) {
      await pushOf(store, "large", 300);
      await serve(store, 40);
      await pushOf(store, "small", 10);
      await pushOf(store, "other", 10);
      const next = await serve(store, 33);
      assert.deepEqual([countOf(next, "small"), countOf(next, "other")], [10, 10]);
      assert.deepEqual(new Set(next.slice(1, 4)), new Set(["large", "small", "other"]));
    },
  },
  {
    name: "jobs pushed one by one are served in turn as those of a batch",
    async run({ store }) {
      await pushOf(store, "large", 50);
      for (let n = 0; n < 5; n++) await store.jobs.push({ queue: "q", group: "small", uniqueKey: `k${n}` });
      for (let n = 0; n < 5; n++) await store.jobs.push({ queue: "q", group: "other" });
      const next = await serve(store, 16);
      assert.deepEqual([countOf(next, "small"), countOf(next, "other")], [5, 5]);
    },
  },
  {
    name: "a group that was served long ago is not made to wait for it",
    async run({ store }) {
      await pushOf(store, "busy", 100);
      await serve(store, 100);
      await pushOf(store, "new", 50);
      await pushOf(store, "busy", 3);
      assert.equal(countOf(await serve(store, 8), "busy"), 3);
    },
  },
  {
    name: "jobs that were pushed for later are served in turn too, however they were pushed",
    async run({ store, clock }) {
      for (let n = 0; n < 6; n++) await store.jobs.push({ queue: "q", group: "large", delayMs: 60_000 });
      await store.jobs.pushMany(Array.from({ length: 3 }, () => ({ queue: "q", group: "small", delayMs: 60_000 })));
      await clock.advance(60_001);
      assert.equal(countOf(await serve(store, 6), "small"), 3);
    },
  },
  {
    name: "a group with a limit keeps the order of its pushes, also behind jobs that have a place",
    async run({ store }) {
      await store.queues.configure("q", { concurrencyPerGroup: 5 });
      const push = async (ids: readonly string[]): Promise<void> => {
        await store.jobs.pushMany(ids.map((id) => ({ queue: "q", group: "g", id })));
      };
      const serveOne = async (): Promise<string | undefined> => {
        const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1 });
        if (claim) await store.jobs.complete(claim);
        return claim?.id;
      };
      await push(["1", "2", "3", "4", "5"]);
      const served = [await serveOne()];
      await push(["6", "7"]);
      for (let n = 0; n < 6; n++) served.push(await serveOne());
      assert.deepEqual(served, ["1", "2", "3", "4", "5", "6", "7"]);
    },
  },
  {
    name: "priority comes before the turn of groups, and a job that is tried again before those that were not begun",
    async run({ store }) {
      await pushOf(store, "large", 20);
      await pushOf(store, "small", 5);
      await pushOf(store, "large", 5, -1);
      assert.deepEqual(
        await serve(store, 5),
        Array.from({ length: 5 }, () => "large"),
      );
      const [failed] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(failed);
      await store.jobs.fail(failed, { retryAfterMs: 0 });
      const [again] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.equal(again?.id, failed.id);
    },
  },
  {
    name: "groups keep their turns in a claim from several queues",
    async run({ store, clock }) {
      await pushOf(store, "large", 30);
      await store.jobs.pushMany(Array.from({ length: 30 }, () => ({ queue: "r" })));
      await clock.advance(1000);
      await pushOf(store, "small", 3);
      const claims = await store.jobs.claim({ queues: ["q", "r"], limit: 20 });
      const jobs = await Promise.all(claims.map(({ id }) => store.jobs.require(id)));
      const inTurn = jobs.filter((job) => job.queue === "q").map((job) => job.group);
      assert.equal(countOf(inTurn, "small"), 3, inTurn.join());
    },
  },
  {
    name: "with aging a job overtakes later ones of a better priority once it has waited long enough",
    async run({ store, clock }) {
      await store.queues.configure("q", { agingMs: 60_000 });
      await store.jobs.push({ queue: "q", id: "old", priority: 5 });
      await clock.advance(240_000);
      await store.jobs.push({ queue: "q", id: "better", priority: 0 });
      await clock.advance(120_000);
      await store.jobs.push({ queue: "q", id: "late", priority: 0 });
      const claims = await store.jobs.claim({ queues: ["q"], limit: 3 });
      assert.deepEqual(
        claims.map((claim) => claim.id),
        ["better", "old", "late"],
      );
    },
  },
  {
    name: "with aging a job whose id is made for it overtakes as one whose id is given",
    async run({ store, clock }) {
      await store.queues.configure("q", { agingMs: 60_000 });
      await store.jobs.push({ queue: "q", payload: "old", priority: 5 });
      await clock.advance(240_000);
      await store.jobs.push({ queue: "q", payload: "better", priority: 0 });
      await clock.advance(120_000);
      await store.jobs.pushMany([
        { queue: "q", payload: "late", priority: 0 },
        { queue: "q", payload: "later", priority: 1 },
      ]);
      const claims = await store.jobs.claim({ queues: ["q"], limit: 4 });
      assert.deepEqual(
        claims.map((claim) => claim.payload),
        ["better", "old", "late", "later"],
      );
    },
  },
  {
    name: "however unlike the groups of a limited queue are, claims keep its order and leave nothing behind",
    async run({ store }) {
      await store.queues.configure("q", { concurrencyPerGroup: 50 });
      const many = (group: string, priority: number, count: number): JobInput[] =>
        Array.from({ length: count }, () => ({ queue: "q", group, priority }));
      const others = Array.from({ length: 12 }, (_, i) => many(`other-${i}`, 5, 3)).flat();
      // The first 40 are all of one group, which has more places than a like share of a claim.
      const inputs = [...others, ...many("hot", 1, 40), ...many("late", 9, 30), ...many("hot", 7, 10)];
      await store.jobs.pushMany(inputs);
      const claimed: number[] = [];
      for (const limit of [30, 7, 20, 1, 100]) {
        const jobs = await store.jobs.claim({ queues: ["q"], limit });
        assert.equal(jobs.length, Math.min(limit, inputs.length - claimed.length));
        claimed.push(...jobs.map((job) => job.priority));
      }
      assert.deepEqual(
        claimed,
        inputs.map((input) => input.priority).toSorted((a = 0, b = 0) => a - b),
      );
    },
  },
];
