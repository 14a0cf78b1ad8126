import assert from "node:assert/strict";
import { InvalidInputError, type Queue } from "holdfast";
import type { ContractCase } from "../case.ts";

const none = { blocked: 0, scheduled: 0, ready: 0, running: 0, succeeded: 0, dead: 0, canceled: 0 };

/** What is told about queues. */
export const jobsQueueCases: readonly ContractCase[] = [
  {
    name: "every queue that has a job or is paused is listed, with its jobs by status",
    async run({ store, clock }) {
      const start = await clock.now();
      await store.jobs.pushMany([
        { queue: "ready", id: "r1", runAt: new Date(start.getTime() - 5000), priority: 9 },
        { queue: "ready", id: "r2" },
        { queue: "blocked", after: ["r1"] },
        { queue: "scheduled", delayMs: 60_000 },
        { queue: "running" },
        { queue: "succeeded" },
        { queue: "dead" },
        { queue: "canceled", id: "c" },
      ]);
      await store.jobs.claim({ queues: ["running"], limit: 1 });
      const [done] = await store.jobs.claim({ queues: ["succeeded"], limit: 1 });
      const [failed] = await store.jobs.claim({ queues: ["dead"], limit: 1 });
      assert.ok(done && failed);
      await store.jobs.complete(done);
      await store.jobs.fail(failed, { final: true });
      await store.jobs.cancel("c");
      await store.queues.pause("paused");
      const listed: Queue[] = [];
      for (let after: string | null | undefined; after !== null;) {
        const page: { items: readonly Queue[]; next: string | null } = await store.queues.list({ after, limit: 3 });
        listed.push(...page.items);
        after = page.next;
      }
      assert.deepEqual(
        listed.map((queue) => queue.name),
        ["blocked", "canceled", "dead", "paused", "ready", "running", "scheduled", "succeeded"],
      );
      for (const queue of listed) {
        const counts = queue.name === "paused" ? none : { ...none, [queue.name]: queue.name === "ready" ? 2 : 1 };
        assert.deepEqual(queue.counts, counts);
        assert.deepEqual(await store.queues.get(queue.name), queue);
        assert.equal(queue.pausedAt === null, queue.name !== "paused");
      }
      assert.deepEqual((await store.queues.get("ready")).oldestReadyAt, new Date(start.getTime() - 5000));
      assert.deepEqual((await store.queues.get("unknown")).counts, none);
      assert.equal((await store.queues.get("ready", { countUpTo: 1 })).counts.ready, 1);
      assert.equal((await store.queues.list({ countUpTo: 1_000_000, limit: 10 })).items.length, listed.length);
    },
  },
  {
    name: "a queue that was paused and resumed keeps nothing of it",
    async run({ store }) {
      await store.queues.pause("q");
      const { pausedAt } = await store.queues.get("q");
      await store.queues.pause("q");
      assert.deepEqual((await store.queues.get("q")).pausedAt, pausedAt);
      assert.deepEqual([await store.queues.resume("q"), await store.queues.resume("q")], [true, false]);
      assert.equal((await store.queues.get("q")).pausedAt, null);
      await store.jobs.push({ queue: "q" });
      assert.equal((await store.jobs.claim({ queues: ["q"], limit: 1 })).length, 1);
    },
  },
  {
    name: "bad questions about queues are refused by the name of their field",
    async run({ store }) {
      const calls: readonly (readonly [field: string, call: () => Promise<unknown>])[] = [
        ["page", () => store.queues.list(null as never)],
        ["limit", () => store.queues.list({ limit: 1001 })],
        ["countUpTo", () => store.queues.list({ countUpTo: 0 })],
        ["countUpTo", () => store.queues.list({ countUpTo: 1_000_000, limit: 11 })],
        ["queue", () => store.queues.get("")],
        ["options", () => store.queues.get("q", null as never)],
        ["countUpTo", () => store.queues.get("q", { countUpTo: 1_000_001 })],
      ];
      for (const [field, call] of calls) {
        await assert.rejects(call, (error) => {
          assert.ok(error instanceof InvalidInputError, String(error));
          assert.equal(error.facts.field, field);
          return true;
        });
      }
    },
  },
  {
    name: "the settings of a queue are kept one by one, and read again",
    async run({ store }) {
      const of = async (): Promise<unknown[]> => {
        const { concurrency, concurrencyPerGroup, rate, agingMs, timeoutMs } = await store.queues.get("q");
        return [concurrency, concurrencyPerGroup, rate, agingMs, timeoutMs];
      };
      assert.deepEqual(await of(), [null, null, null, null, null]);
      await store.queues.configure("q", { concurrency: 1, rate: { limit: 2, periodMs: 3 }, agingMs: 4, timeoutMs: 6 });
      await store.queues.configure("q", { concurrencyPerGroup: 5, rate: null });
      assert.deepEqual(await of(), [1, 5, null, 4, 6]);
      await store.queues.pause("q");
      await store.queues.configure("q", { agingMs: null, timeoutMs: null });
      assert.deepEqual(await of(), [1, 5, null, null, null]);
      assert.equal(await store.queues.isPaused("q"), true);
      await store.queues.resume("q");
      assert.deepEqual(await of(), [1, 5, null, null, null]);
    },
  },
];
