import assert from "node:assert/strict";
import { InvalidInputError, NotFoundError } from "holdfast";
import type { ContractCase, ContractContext } from "../case.ts";
import { pushedAs } from "./pushed.ts";

async function stateOf({ store }: ContractContext, id: string): Promise<string> {
  return (await store.jobs.require(id)).status;
}

/** Ends every claimable job of a queue. */
async function finishAll({ store }: ContractContext, queue: string, outcome: "complete" | "fail"): Promise<void> {
  const claims = await store.jobs.claim({ queues: [queue], limit: 100 });
  if (outcome === "complete") await store.jobs.completeMany(claims.map((claim) => ({ claim })));
  else await store.jobs.failMany(claims.map((claim) => ({ claim, final: true })));
}

/** What jobs that come after others promise. */
export const jobsDependencyCases: readonly ContractCase[] = [
  {
    name: "a job runs when all jobs that it comes after have succeeded",
    async run(context) {
      const { store } = context;
      await store.jobs.pushMany([
        { queue: "last", id: "c", after: ["a", "b", "a"] },
        { queue: "first", id: "a" },
        { queue: "second", id: "b", after: ["a"] },
      ]);
      assert.equal((await store.jobs.require("c")).blockedBy, 2);
      assert.deepEqual(await store.jobs.claim({ queues: ["last", "second"], limit: 9 }), []);
      await finishAll(context, "first", "complete");
      assert.deepEqual([await stateOf(context, "b"), await stateOf(context, "c")], ["ready", "blocked"]);
      await finishAll(context, "second", "complete");
      assert.equal(await stateOf(context, "c"), "ready");
    },
  },
  {
    name: "a job whose moment has not come waits for it after those it comes after",
    async run(context) {
      const { store, clock } = context;
      await store.jobs.push({ queue: "first", id: "a" });
      await store.jobs.push({ queue: "last", id: "b", after: ["a"], delayMs: 60_000 });
      await finishAll(context, "first", "complete");
      assert.equal(await stateOf(context, "b"), "scheduled");
      await clock.advance(60_001);
      assert.equal((await store.jobs.claim({ queues: ["last"], limit: 1 })).length, 1);
    },
  },
  {
    name: "a dead or canceled job cancels those that come after it, and so on down",
    async run(context) {
      const { store } = context;
      for (const end of ["dead", "canceled"]) {
        await store.jobs.pushMany([
          { queue: end, id: `${end}1` },
          { queue: "last", id: `${end}2`, after: [`${end}1`] },
          { queue: "last", id: `${end}3`, after: [`${end}2`] },
          { queue: "last", id: `${end}4`, after: [`${end}3`], onDependencyFailure: "ignore" },
        ]);
      }
      await finishAll(context, "dead", "fail");
      assert.equal(await store.jobs.cancel("canceled1"), true);
      for (const end of ["dead", "canceled"]) {
        const statuses = await Promise.all([1, 2, 3, 4].map((n) => stateOf(context, `${end}${n}`)));
        assert.deepEqual(statuses, [end, "canceled", "canceled", "ready"]);
        assert.ok((await store.jobs.require(`${end}3`)).finishedAt instanceof Date);
      }
    },
  },
  {
    name: "a job that is tried again does not settle those that come after it",
    async run(context) {
      const { store } = context;
      await store.jobs.pushMany([
        { queue: "first", id: "a" },
        { queue: "last", id: "b", after: ["a"] },
      ]);
      const [claim] = await store.jobs.claim({ queues: ["first"], limit: 1 });
      assert.ok(claim);
      await store.jobs.fail(claim);
      assert.equal(await stateOf(context, "b"), "blocked");
    },
  },
  {
    name: "a job may come after one that has ended, by which its policy decides at once",
    async run(context) {
      const { store } = context;
      await store.jobs.pushMany([
        { queue: "good", id: "good" },
        { queue: "bad", id: "bad" },
      ]);
      await finishAll(context, "good", "complete");
      await finishAll(context, "bad", "fail");
      const pushed = await store.jobs.pushMany([
        { queue: "last", id: "1", after: ["good"] },
        { queue: "last", id: "2", after: ["good", "bad"] },
        { queue: "last", id: "3", after: ["good", "bad"], onDependencyFailure: "ignore" },
        { queue: "last", id: "4", after: ["2"] },
        { queue: "last", id: "5", after: ["1", "good"] },
      ]);
      assert.deepEqual(
        pushed.map((each) => each.status),
        ["ready", "canceled", "ready", "canceled", "blocked"],
      );
    },
  },
  {
    name: "a job cannot come after one that does not exist, and nothing of its batch is written",
    async run({ store }) {
      const batch = [
        { queue: "q", id: "a" },
        { queue: "q", id: "b", after: ["a", "missing"] },
      ];
      await assert.rejects(store.jobs.pushMany(batch), (error) => {
        assert.ok(error instanceof NotFoundError);
        assert.deepEqual(error.facts, { entity: "job", id: "missing", field: "after" });
        return true;
      });
      assert.equal(await store.jobs.get("a"), null);
    },
  },
  {
    name: "a cycle in a batch is refused, however long it is",
    async run({ store }) {
      const chain = (length: number): { queue: string; id: string; after: string[] }[] =>
        Array.from({ length }, (_, n) => ({ queue: "q", id: `j${n}`, after: n === 0 ? [] : [`j${n - 1}`] }));
      for (const length of [2, 10_000]) {
        const cycle = chain(length);
        cycle[0]?.after.push(`j${length - 1}`);
        await assert.rejects(store.jobs.pushMany(cycle), InvalidInputError);
      }
      await assert.rejects(store.jobs.push({ queue: "q", id: "j", after: ["j"] }), InvalidInputError);
      const pushed = await store.jobs.pushMany(chain(2000));
      assert.deepEqual([pushed[0]?.status, pushed[1999]?.status], ["ready", "blocked"]);
      assert.equal(await store.jobs.cancel("j0"), true);
      assert.equal((await store.jobs.require("j1999")).status, "canceled");
    },
  },
  {
    name: "a canceled job that is tried again still waits for those that it comes after",
    async run(context) {
      const { store } = context;
      await store.jobs.pushMany([
        { queue: "first", id: "a" },
        { queue: "last", id: "b", after: ["a"] },
      ]);
      assert.equal(await store.jobs.cancel("b"), true);
      assert.equal(await store.jobs.retry("b"), true);
      const { status, blockedBy } = await store.jobs.require("b");
      assert.deepEqual([status, blockedBy], ["blocked", 1]);
      await finishAll(context, "first", "complete");
      assert.equal(await stateOf(context, "b"), "ready");
      await store.jobs.cancel("b");
      await store.jobs.retry("b");
      assert.equal(await stateOf(context, "b"), "ready");
    },
  },
  {
    name: "a job that is removed with its execution is as good as canceled for those that come after it",
    async run(context) {
      const { store } = context;
      await store.definitions.publish({ name: "n", document: 1 });
      await store.executions.create({ id: "e" });
      await store.executions.create({ id: "child", parentId: "e" });
      await store.executions.create({ id: "of-n", definition: { name: "n", version: 1 } });
      await store.jobs.pushMany([
        { queue: "q", id: "a", executionId: "e" },
        { queue: "q", id: "b", executionId: "e", after: ["a"] },
        { queue: "q", id: "c", executionId: "child", after: ["a", "b"] },
        { queue: "q", id: "n", executionId: "of-n" },
        { queue: "q", id: "canceled", after: ["b"] },
        { queue: "q", id: "canceled too", after: ["canceled"] },
        { queue: "q", id: "ignores", after: ["a", "b", "c", "n"], onDependencyFailure: "ignore" },
        { queue: "q", id: "of n", after: ["n"] },
      ]);
      await store.executions.remove("e");
      assert.equal(await store.jobs.get("c"), null);
      assert.deepEqual(
        [await stateOf(context, "canceled"), await stateOf(context, "canceled too"), await stateOf(context, "of n")],
        ["canceled", "canceled", "blocked"],
      );
      assert.equal((await store.jobs.require("ignores")).blockedBy, 1);
      await store.definitions.remove("n", 1, { cascade: true });
      assert.deepEqual([await stateOf(context, "ignores"), await stateOf(context, "of n")], ["ready", "canceled"]);
    },
  },
  {
    name: "pushing again a job that comes after one that is gone changes nothing",
    async run(context) {
      const { store } = context;
      await store.executions.create({ id: "e" });
      await store.jobs.push({ queue: "first", id: "a", executionId: "e" });
      const input = { queue: "last", id: "b", after: ["a"] };
      await store.jobs.push(input);
      await finishAll(context, "first", "complete");
      await store.executions.remove("e");
      assert.deepEqual(
        await store.jobs.push(input),
        await pushedAs(store, { id: "b", outcome: "kept", status: "ready" }),
      );
    },
  },
];
