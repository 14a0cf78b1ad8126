import assert from "node:assert/strict";
import type { ClaimedJob, Store } from "holdfast";
import type { QueueSettings } from "holdfast/queues";
import type { ContractCase } from "../case.ts";

function claimFrom(store: Store, limit = 100, queues = ["q"]): Promise<readonly ClaimedJob[]> {
  return store.jobs.claim({ queues, limit, leaseMs: 60_000 });
}

async function completeAll(store: Store, claims: readonly ClaimedJob[]): Promise<void> {
  const outcomes = await store.jobs.completeMany(claims.map((claim) => ({ claim })));
  assert.ok(outcomes.every((outcome) => outcome.ok));
}

function jobsOf(group: string | undefined, count: number): readonly { queue: string; group: string | undefined }[] {
  return Array.from({ length: count }, () => ({ queue: "q", group }));
}

/** Every way in which a running job gives its place back. */
const ends: Readonly<Record<string, (store: Store, claim: ClaimedJob) => Promise<unknown>>> = {
  completed: (store, claim) => store.jobs.complete(claim),
  dead: (store, claim) => store.jobs.fail(claim, { final: true }),
  failed: (store, claim) => store.jobs.fail(claim, { retryAfterMs: 3_600_000 }),
  canceled: (store, claim) => store.jobs.cancel(claim.id),
  "canceled with others": (store) => store.jobs.cancelAll({ queue: "q", status: "running" }),
  "removed with its execution": (store) => store.executions.remove("e"),
};

/** What limits of queues and groups promise. */
export const jobsLimitCases: readonly ContractCase[] = [
  {
    name: "no more jobs of a queue run at once than its concurrency, and no fewer while there are some",
    async run({ store }) {
      await store.queues.configure("q", { concurrency: 3 });
      await store.jobs.pushMany(jobsOf(undefined, 10));
      const first = await claimFrom(store);
      assert.equal(first.length, 3);
      assert.deepEqual(await claimFrom(store), []);
      await completeAll(store, first.slice(0, 2));
      assert.equal((await claimFrom(store, 1)).length, 1);
      assert.equal((await claimFrom(store)).length, 1);
      await store.queues.configure("q", { concurrency: 5 });
      assert.equal((await claimFrom(store)).length, 2);
      await store.queues.configure("q", { concurrency: null });
      assert.equal((await claimFrom(store)).length, 3);
    },
  },
  {
    name: "a group without room is passed by in one claim, however often something was said of it",
    async run({ store }) {
      await store.queues.configure("q", { concurrencyPerGroup: 1 });
      for (let i = 0; i < 101; i++) await store.jobs.push({ queue: "q", group: "busy" });
      await store.jobs.push({ queue: "q", group: "other", priority: 1 });
      assert.equal((await claimFrom(store, 2)).length, 2);
    },
  },
  {
    name: "no more jobs of a group run at once than its queue says, and those of others are not held up",
    async run({ store }) {
      await store.queues.configure("q", { concurrencyPerGroup: 2 });
      await store.jobs.pushMany([...jobsOf("a", 300), ...jobsOf("b", 1), ...jobsOf("c", 3), ...jobsOf(undefined, 4)]);
      const groupOf = async ({ id }: ClaimedJob): Promise<string> => (await store.jobs.require(id)).group ?? "-";
      const claimed = [...(await claimFrom(store, 4)), ...(await claimFrom(store))];
      assert.equal((await Promise.all(claimed.map(groupOf))).sort().join(""), "----aabcc");
      assert.deepEqual(await claimFrom(store), []);
      const ofA: ClaimedJob[] = [];
      for (const claim of claimed) if ((await groupOf(claim)) === "a") ofA.push(claim);
      for (let round = 0; round < 3; round++) {
        await completeAll(store, ofA.splice(0, 1));
        const next = await claimFrom(store);
        assert.deepEqual(await Promise.all(next.map(groupOf)), ["a"]);
        ofA.push(...next);
      }
    },
  },
  ...Object.entries(ends).map(([end, finish]): ContractCase => ({
    name: `a job that is ${end} gives its place to the next of its group`,
    async run({ store }) {
      await store.queues.configure("q", { concurrencyPerGroup: 1, concurrency: 1 });
      await store.executions.create({ id: "e" });
      await store.jobs.push({ queue: "q", id: "first", group: "g", executionId: "e" });
      const [claim] = await claimFrom(store);
      assert.ok(claim);
      await store.jobs.pushMany(jobsOf("g", 3));
      assert.deepEqual(await claimFrom(store), []);
      await finish(store, claim);
      assert.equal((await claimFrom(store)).length, 1);
      assert.deepEqual(await claimFrom(store), []);
    },
  })),
  {
    name: "a job that is released or whose lease runs out gives its place back, and takes it again",
    async run({ store, clock }) {
      await store.queues.configure("q", { concurrencyPerGroup: 1, concurrency: 2 });
      await store.jobs.pushMany([...jobsOf("g", 2), { queue: "q", id: "spent", group: "h", maxAttempts: 1 }]);
      const first = await claimFrom(store);
      assert.equal(first.length, 2);
      const released = first.find((claim) => claim.id !== "spent");
      assert.ok(released);
      await store.jobs.release(released);
      assert.deepEqual(
        (await claimFrom(store)).map((claim) => claim.id),
        [released.id],
      );
      assert.deepEqual(await claimFrom(store), []);
      await clock.advance(60_001);
      assert.deepEqual(
        (await claimFrom(store)).map((claim) => claim.id),
        [released.id],
      );
      assert.equal((await store.jobs.require("spent")).status, "dead");
      await clock.advance(60_001);
      assert.deepEqual(await store.jobs.rescue(), { reclaimed: 1, died: 0 });
      assert.equal((await claimFrom(store)).length, 1);
    },
  },
  {
    name: "blocked, scheduled and retried jobs wait for a place of their group when their time has come",
    async run({ store, clock }) {
      await store.queues.configure("q", { concurrencyPerGroup: 1 });
      const [parent] = await store.jobs.pushMany([
        { queue: "first", id: "parent" },
        { queue: "q", group: "g", id: "blocked", after: ["parent"] },
        { queue: "q", group: "g", id: "later", delayMs: 30_000 },
        { queue: "q", group: "g", id: "dead" },
      ]);
      assert.ok(parent);
      const [dead] = await claimFrom(store);
      assert.equal(dead?.id, "dead");
      await store.jobs.fail(dead, { final: true });
      await completeAll(store, await claimFrom(store, 1, ["first"]));
      await clock.advance(30_001);
      await store.jobs.retry("dead");
      const order: string[] = [];
      for (let n = 0; n < 3; n++) {
        const claims = await claimFrom(store);
        assert.equal(claims.length, 1);
        order.push(...claims.map((claim) => claim.id));
        await completeAll(store, claims);
      }
      assert.deepEqual(order.sort(), ["blocked", "dead", "later"]);
      assert.deepEqual(await claimFrom(store), []);
    },
  },
  {
    name: "a limit that is set or taken away holds for the jobs that wait already",
    async run({ store }) {
      await store.jobs.pushMany(jobsOf("g", 6));
      const before = await claimFrom(store, 1);
      await store.queues.configure("q", { concurrencyPerGroup: 2 });
      const more = await claimFrom(store);
      assert.equal(more.length, 1);
      await completeAll(store, before);
      assert.equal((await claimFrom(store)).length, 1);
      await store.queues.configure("q", { concurrencyPerGroup: null });
      await store.jobs.pushMany(jobsOf("g", 2));
      assert.equal((await claimFrom(store)).length, 5);
    },
  },
  {
    name: "a limit that is lowered holds for what would have had a place before",
    async run({ store }) {
      await store.queues.configure("q", { concurrencyPerGroup: 5 });
      await store.jobs.pushMany(jobsOf("g", 9));
      const [first] = await claimFrom(store, 1);
      assert.ok(first);
      await store.queues.configure("q", { concurrencyPerGroup: 2 });
      assert.equal((await claimFrom(store)).length, 1);
      await completeAll(store, [first]);
      assert.equal((await claimFrom(store)).length, 1);
      await store.queues.configure("q", { concurrencyPerGroup: 4 });
      assert.equal((await claimFrom(store)).length, 2);
    },
  },
  {
    name: "a better job of a full group comes before those of the group that were pushed earlier",
    async run({ store }) {
      await store.queues.configure("q", { concurrencyPerGroup: 2 });
      await store.jobs.pushMany([...jobsOf("g", 4), ...jobsOf("h", 4)].map((job) => ({ ...job, priority: 5 })));
      const claims = [...(await claimFrom(store, 1))];
      for (const priority of [4, 3, 2]) {
        await store.jobs.push({ queue: "q", group: "g", priority });
        await store.jobs.push({ queue: "q", group: "h", priority });
      }
      claims.push(...(await claimFrom(store)));
      assert.deepEqual(
        claims.map((claim) => claim.priority),
        [5, 2, 2, 3],
      );
      for (let left = claims; left.length > 0; left = [...(await claimFrom(store))]) await completeAll(store, left);
      assert.equal((await store.queues.counts()).succeeded, 14);
    },
  },
  {
    name: "the places of a limit that was taken away are not lost when there is one again",
    async run({ store }) {
      await store.queues.configure("q", { concurrencyPerGroup: 3 });
      await store.jobs.pushMany(jobsOf("g", 12));
      const limited = await claimFrom(store, 2);
      await store.queues.configure("q", { concurrencyPerGroup: null });
      const free = await claimFrom(store, 3);
      assert.equal(free.length, 3);
      await completeAll(store, limited.slice(0, 1));
      await store.queues.configure("q", { concurrencyPerGroup: 5 });
      assert.equal((await claimFrom(store)).length, 1);
      await completeAll(store, [...limited.slice(1), ...free]);
      assert.equal((await claimFrom(store)).length, 4);
    },
  },
  {
    name: "a claim keeps the limits that there are, whichever there were a moment ago",
    async run({ store }) {
      await store.jobs.pushMany(jobsOf("g", 12));
      const claimUnder = async (settings: QueueSettings): Promise<number> => {
        await store.queues.configure("q", settings);
        return (await claimFrom(store)).length;
      };
      assert.equal(await claimUnder({ concurrency: 2 }), 2);
      assert.equal(await claimUnder({ concurrency: null, concurrencyPerGroup: 3 }), 1);
      assert.equal(await claimUnder({ concurrencyPerGroup: null, rate: { limit: 4, periodMs: 3_600_000 } }), 4);
      assert.equal(await claimUnder({ concurrency: 7 }), 0);
      assert.equal(await claimUnder({ concurrency: null, rate: null }), 5);
    },
  },
  {
    name: "a rate lets its limit be claimed at once, and then each as its part of the period has passed",
    async run({ store, clock }) {
      await store.queues.configure("q", { rate: { limit: 4, periodMs: 20_000 } });
      await store.jobs.pushMany(jobsOf(undefined, 20));
      assert.equal((await claimFrom(store)).length, 4);
      assert.deepEqual(await claimFrom(store), []);
      const next = await store.jobs.next(["q"]);
      assert.ok(next && next.inMs > 3000 && next.inMs <= 5000, String(next?.inMs));
      await clock.advance(next.inMs);
      assert.equal((await claimFrom(store)).length, 1);
      await clock.advance(10_000);
      assert.equal((await claimFrom(store, 1)).length, 1);
      assert.equal((await claimFrom(store)).length, 1);
      await clock.advance(20_000);
      assert.equal((await claimFrom(store)).length, 4);
      await store.queues.configure("q", { rate: null });
      assert.equal((await claimFrom(store)).length, 9);
    },
  },
  {
    name: "a claim from queues with and without limits takes from both, by priority",
    async run({ store }) {
      await store.queues.configure("q", { concurrency: 2 });
      await store.jobs.pushMany([
        { queue: "q", id: "q1", priority: 1 },
        { queue: "free", id: "f2", priority: 2 },
        { queue: "q", id: "q3", priority: 3 },
        { queue: "q", id: "q4", priority: 4 },
        { queue: "free", id: "f5", priority: 5 },
      ]);
      const claims = await claimFrom(store, 10, ["free", "q"]);
      assert.deepEqual(
        claims.map((claim) => claim.id),
        ["q1", "f2", "q3", "f5"],
      );
    },
  },
];
