import assert from "node:assert/strict";
import { InvalidInputError, type Store } from "holdfast";
import type { JobSelection, ManyChanged } from "holdfast/jobs";
import type { ContractCase } from "../case.ts";
import { pushedAs } from "./pushed.ts";

async function endDead(store: Store, queue: string): Promise<void> {
  const claims = await store.jobs.claim({ queues: [queue], limit: 100 });
  await store.jobs.failMany(claims.map((claim) => ({ claim, final: true })));
}

/** What canceling and retrying many jobs at once promises, and pushing more than one statement takes. */
export const jobsManyCases: readonly ContractCase[] = [
  {
    name: "the jobs of a selection are canceled in portions, and no others",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.jobs.pushMany(["a", "b", "c", "d"].map((id) => ({ queue: "q", id })));
      await store.jobs.push({ queue: "q", id: "of-e", executionId: "e" });
      await store.jobs.push({ queue: "r", id: "elsewhere", executionId: "e" });
      await clock.advance(1000);
      const pushedBefore = await clock.now();
      await store.jobs.push({ queue: "q", id: "young" });
      await store.jobs.push({ queue: "q", id: "later", delayMs: 60_000 });
      const of = (selection: JobSelection): Promise<ManyChanged> => store.jobs.cancelAll(selection);
      assert.deepEqual(await of({ queue: "q", status: "scheduled" }), { changed: 1, next: null });
      assert.deepEqual(await of({ queue: "r", executionId: "none" }), { changed: 0, next: null });
      assert.deepEqual(await of({ executionId: "e", queue: "q" }), { changed: 1, next: null });
      const first = await of({ queue: "q", pushedBefore, limit: 3 });
      assert.equal(first.changed, 3);
      assert.ok(first.next);
      assert.deepEqual(await of({ queue: "q", pushedBefore, limit: 3, after: first.next }), { changed: 1, next: null });
      const left = await store.jobs.list({ status: "ready" });
      assert.deepEqual(
        left.items.map((job) => job.id),
        ["elsewhere", "young"],
      );
    },
  },
  {
    name: "portions go through all tables that a queue's jobs are in, each job once",
    async run({ store }) {
      const { jobs, queues } = store;
      await queues.configure("q", { concurrencyPerGroup: 1 });
      // Alone, in chunks, in the lines of groups, blocked, later, of several priorities and routes.
      for (const n of [1, 2, 3, 4]) {
        await jobs.push({ queue: "q", id: `alone-${n}`, priority: n % 2, requires: n > 2 ? ["gpu"] : [] });
      }
      await jobs.pushMany(Array.from({ length: 30 }, (_, n) => ({ queue: "q", id: `many-${n}` })));
      for (const n of [1, 2, 3]) await jobs.push({ queue: "q", id: `grouped-${n}`, group: "g" });
      await jobs.push({ queue: "q", id: "blocked", after: ["alone-1"] });
      await jobs.push({ queue: "q", id: "later", delayMs: 60_000 });
      await jobs.push({ queue: "other", id: "other" });
      for (const dryRun of [true, false]) {
        let [sum, after]: [number, string | undefined] = [0, undefined];
        for (let portions = 0; portions < 40; portions += 1) {
          const { changed, next } = await jobs.cancelAll({ queue: "q", limit: 2, after, dryRun });
          sum += changed;
          if (next === null) break;
          after = next;
        }
        assert.equal(sum, 39);
      }
      const open = await queues.counts("q");
      assert.deepEqual([open.ready, open.scheduled, open.blocked, open.canceled], [0, 0, 0, 39]);
      assert.equal((await jobs.require("other")).status, "ready");
    },
  },
  {
    name: "canceling many settles what comes after them and takes claims away",
    async run({ store }) {
      await store.jobs.pushMany([
        { queue: "q", id: "first" },
        { queue: "last", id: "next", after: ["first"], onDependencyFailure: "ignore" },
      ]);
      const [claim] = await store.jobs.claim({ queues: ["q"], limit: 1 });
      assert.ok(claim);
      assert.equal((await store.jobs.cancelAll({ queue: "q" })).changed, 1);
      assert.ok(!(await store.jobs.complete(claim)).ok);
      assert.equal((await store.jobs.require("next")).status, "ready");
    },
  },
  {
    name: "many dead jobs are retried, but for those whose unique key is taken",
    async run({ store }) {
      await store.jobs.pushMany([
        { queue: "q", id: "a" },
        { queue: "q", id: "k1", uniqueKey: "k" },
        { queue: "q", id: "l1", uniqueKey: "l" },
      ]);
      await endDead(store, "q");
      await store.jobs.push({ queue: "q", id: "l2", uniqueKey: "l" });
      await endDead(store, "q");
      await store.jobs.pushMany([
        { queue: "q", id: "k2", uniqueKey: "k" },
        { queue: "q", id: "gone" },
      ]);
      await store.jobs.cancel("gone");
      assert.deepEqual(await store.jobs.retryAll({ queue: "q", status: "dead" }), { changed: 2, next: null });
      const statuses = await Promise.all(
        ["a", "k1", "k2", "l1", "l2", "gone"].map(async (id) => (await store.jobs.require(id)).status),
      );
      assert.deepEqual(statuses, ["ready", "dead", "ready", "dead", "ready", "canceled"]);
      assert.deepEqual(await store.jobs.retryAll({ queue: "q" }), { changed: 1, next: null });
    },
  },
  {
    name: "any number of jobs is pushed in one call, in order and all or nothing",
    async run({ store }) {
      const jobs = Array.from({ length: 10_001 }, (_, n) => ({ queue: "q", id: `j${n}`, priority: n }));
      await assert.rejects(store.jobs.pushMany([...jobs, { queue: "q", executionId: "none", priority: 0, id: "bad" }]));
      assert.equal((await store.queues.counts()).ready, 0);
      const pushed = await store.jobs.pushMany([{ queue: "r", id: "last", after: ["j10000"], priority: 0 }, ...jobs]);
      assert.deepEqual([pushed.length, pushed[0]?.id, pushed[0]?.status], [10_002, "last", "blocked"]);
      assert.deepEqual(pushed.at(-1), await pushedAs(store, { id: "j10000", outcome: "created", status: "ready" }));
      assert.equal((await store.queues.counts()).ready, 10_001);
    },
  },
  {
    name: "a bad selection is refused by the name of its field",
    async run({ store }) {
      const bad: readonly (readonly [field: string, selection: unknown])[] = [
        ["selection", null],
        ["selection", {}],
        ["selection", { status: "dead" }],
        ["queue", { queue: "" }],
        ["status", { queue: "q", status: [] }],
        ["status", { queue: "q", status: "succeeded" }],
        ["status[0]", { queue: "q", status: ["succeeded"] }],
        ["after", { queue: "q", after: "c" }],
        ["after", { queue: "q", after: 'ready:["","0","0","yesterday","1"]' }],
        ["pushedBefore", { queue: "q", pushedBefore: "2026" }],
        ["limit", { queue: "q", limit: 0 }],
        ["limit", { queue: "q", limit: 10_001 }],
      ];
      for (const [field, selection] of bad) {
        // What a caller without types may pass.
        const given = selection as JobSelection;
        for (const call of [() => store.jobs.cancelAll(given), () => store.jobs.retryAll(given)]) {
          await assert.rejects(call, (error) => {
            assert.ok(error instanceof InvalidInputError, String(error));
            assert.equal(error.facts.field, field);
            return true;
          });
        }
      }
    },
  },
];
