import assert from "node:assert/strict";
import type { ClaimedJob, Page, Store } from "holdfast";
import type { PageRequest } from "holdfast/lists";
import type { Nouns } from "holdfast/transactions";
import type { ContractCase } from "../case.ts";

async function claimed({ jobs }: Store, limit = 1): Promise<readonly ClaimedJob[]> {
  return jobs.claim({ queues: ["q"], limit, leaseMs: 60_000 });
}

async function messagesOf({ jobs }: Pick<Store, "jobs">, id: string): Promise<readonly string[]> {
  const messages: string[] = [];
  for await (const { message } of jobs.iterateLog(id)) messages.push(message);
  return messages;
}

/** A running job, and lines of its log that are named like rows. */
export const logLines: {
  readonly prepare: (store: Store) => Promise<unknown>;
  readonly add: (store: Store, rows: readonly { readonly name: string }[]) => Promise<unknown>;
  readonly page: (nouns: Nouns, request: PageRequest) => Promise<Page<unknown>>;
  readonly each: (nouns: Nouns, request?: PageRequest) => AsyncIterable<unknown>;
} = {
  prepare: async ({ jobs }: Store): Promise<unknown> => {
    await jobs.push({ id: "j", queue: "q" });
    return jobs.claim({ queues: ["q"], limit: 1, leaseMs: 86_400_000 });
  },
  add: async ({ jobs }: Store, rows: readonly { readonly name: string }[]): Promise<unknown> => {
    const { id, token } = await jobs.require("j");
    return rows.length > 0 && jobs.report({ id, token }, { log: rows.map(({ name }) => ({ message: name })) });
  },
  page: async ({ jobs }, request) => jobs.log("j", request),
  each: ({ jobs }, request) => jobs.iterateLog("j", request),
};

/** The promises of progress and log lines. */
export const jobsReportCases: readonly ContractCase[] = [
  {
    name: "the progress of a job is what was reported last, and its log is in the order of the reports",
    async run({ store, clock }) {
      await store.jobs.push({ id: "j", queue: "q" });
      assert.equal(await store.jobs.progressOf("j"), null);
      const [claim] = await claimed(store);
      assert.ok(claim);
      const reportedAt = await clock.now();
      assert.equal(
        await store.jobs.report(claim, { progress: { done: 1 }, log: [{ message: "one", data: { n: 1 } }] }),
        true,
      );
      assert.equal(
        await store.jobs.report(claim, { log: [{ message: "two" }, { message: "three", data: null }] }),
        true,
      );
      assert.equal(await store.jobs.report(claim, { progress: null }), true);
      await store.jobs.complete(claim);
      const progress = await store.jobs.progressOf("j");
      assert.equal(progress?.progress, null);
      const { items } = await store.jobs.log("j");
      assert.deepEqual(
        items.map(({ message, data }) => [message, data]),
        [
          ["one", { n: 1 }],
          ["two", undefined],
          ["three", null],
        ],
      );
      for (const { reportedAt: at } of items) assert.ok(at >= reportedAt);
    },
  },
  {
    name: "a claim that is lost reports nothing, and the next attempt goes on in the same log",
    async run({ store, clock }) {
      await store.jobs.push({ id: "j", queue: "q", maxAttempts: 3 });
      const [first] = await claimed(store);
      assert.ok(first);
      await store.jobs.report(first, { log: [{ message: "first" }] });
      await clock.advance(60_001);
      assert.equal(await store.jobs.report(first, { progress: 1, log: [{ message: "late" }] }), false);
      const [second] = await claimed(store);
      assert.ok(second);
      assert.equal(await store.jobs.report(first, { log: [{ message: "later" }] }), false);
      await store.jobs.report(second, { log: [{ message: "second" }] });
      await store.jobs.complete(second);
      assert.equal(await store.jobs.report(second, { log: [{ message: "after the end" }] }), false);
      assert.deepEqual(await messagesOf(store, "j"), ["first", "second"]);
      assert.equal(await store.jobs.progressOf("j"), null);
    },
  },
  {
    name: "jobs that were claimed together report each for itself, and go on being held together",
    async run({ store }) {
      await store.jobs.pushMany(Array.from({ length: 20 }, () => ({ queue: "q" })));
      const claims = await claimed(store, 20);
      const reported = await Promise.all(
        claims.map((claim, i) => store.jobs.report(claim, { progress: i, log: [{ message: `line ${i}` }] })),
      );
      assert.deepEqual(new Set(reported), new Set([true]));
      const [first, ...rest] = claims;
      assert.ok(first);
      await store.jobs.complete(first);
      assert.equal(await store.jobs.report(first, { progress: "late" }), false);
      for (const [i, { id }] of rest.entries()) {
        assert.equal((await store.jobs.progressOf(id))?.progress, i + 1);
        assert.deepEqual(await messagesOf(store, id), [`line ${i + 1}`]);
      }
      assert.equal((await store.queues.counts("q")).running, 19);
    },
  },
  {
    name: "the newest thousand lines are kept",
    async run({ store }) {
      await store.jobs.push({ id: "j", queue: "q" });
      const [claim] = await claimed(store);
      assert.ok(claim);
      const lines = (from: number, count: number) =>
        Array.from({ length: count }, (_, i) => ({ message: `${from + i}` }));
      await store.jobs.report(claim, { log: lines(0, 999) });
      await store.jobs.report(claim, { log: lines(999, 3) });
      assert.deepEqual((await messagesOf(store, "j")).length, 1000);
      assert.equal((await messagesOf(store, "j"))[0], "2");
      await store.jobs.report(claim, { log: lines(2000, 1000) });
      assert.equal((await messagesOf(store, "j"))[0], "2000");
    },
  },
  {
    name: "what was reported goes with the job, and is undone with a transaction",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.jobs.push({ id: "j", queue: "q", executionId: "e" });
      const [claim] = await claimed(store);
      assert.ok(claim);
      const undone = store.transaction(async (tx) => {
        assert.equal(await tx.jobs.report(claim, { progress: 1, log: [{ message: "in it" }] }), true);
        assert.deepEqual(await messagesOf(tx, "j"), ["in it"]);
        throw new RangeError("undone");
      });
      await assert.rejects(undone, RangeError);
      assert.deepEqual(await messagesOf(store, "j"), []);
      await store.jobs.report(claim, { progress: 1, log: [{ message: "kept" }] });
      await store.executions.remove("e");
      await store.jobs.push({ id: "j", queue: "q" });
      assert.equal(await store.jobs.progressOf("j"), null);
      assert.deepEqual(await messagesOf(store, "j"), []);
    },
  },
  {
    name: "a report that says nothing, or too much, is refused by name",
    async run({ store }) {
      const claim = { id: "j", token: 1 };
      const refused = async (report: Parameters<typeof store.jobs.report>[1], field: string): Promise<void> => {
        await assert.rejects(store.jobs.report(claim, report), { code: "invalid_input", facts: { field } });
      };
      await refused({}, "report");
      await refused({ log: [] }, "report");
      await refused({ progress: "x".repeat(65_536) }, "progress");
      await refused({ log: [{ message: "" }] }, "log[0].message");
      await refused({ log: [{ message: "ok" }, { message: "x".repeat(2001) }] }, "log[1].message");
      await refused({ log: [{ message: "ok", data: "x".repeat(2000) }] }, "log[0].data");
      await refused({ log: Array.from({ length: 1001 }, () => ({ message: "x" })) }, "log");
    },
  },
];
