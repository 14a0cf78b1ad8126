import assert from "node:assert/strict";
import type { Status, Store } from "holdfast";
import type { Strategy } from "holdfast/tasks";
import type { ContractCase } from "../case.ts";

/** How executions end. */
export const executionsCompleteCases: readonly ContractCase[] = [
  {
    name: "an execution without tasks completes as succeeded, once",
    async run({ store: { executions } }) {
      await executions.create({ id: "e" });
      const completed = await executions.complete("e", { transform: () => ({ done: true }) });
      assert.equal(completed.status, "succeeded");
      assert.deepEqual(completed.output, { done: true });
      assert.deepEqual(await executions.complete("e", { transform: () => assert.fail("completed twice") }), completed);
      assert.deepEqual(await executions.require("e"), completed);
      await assert.rejects(executions.complete("none"), { code: "not_found" });
    },
  },
  {
    name: "no execution completes while a task is not terminal, at any depth",
    async run({ store: { executions, tasks } }) {
      await executions.create({ id: "e", status: "running" });
      const task = (name: string, status: Status, parentId?: string): object => ({
        id: name,
        executionId: "e",
        name,
        status,
        parentId,
      });
      await tasks.saveMany([
        { ...task("a", "succeeded"), executionId: "e", name: "a" },
        { ...task("b", "waiting", "a"), executionId: "e", name: "b" },
        { ...task("c", "paused"), executionId: "e", name: "c" },
        { ...task("d", "pending"), executionId: "e", name: "d" },
      ]);
      await assert.rejects(executions.complete("e"), (error: { code: string; facts: Record<string, unknown> }) => {
        assert.equal(error.code, "not_ready");
        assert.deepEqual(
          ["unfinished", "pending", "running", "waiting", "paused"].map((name) => Number(error.facts[name])),
          [3, 1, 0, 1, 1],
        );
        return true;
      });
      assert.equal((await executions.require("e")).status, "running");
    },
  },
  {
    name: "the strategy makes the status out of those of the root tasks",
    async run({ store }) {
      const expected: readonly (readonly [Strategy, readonly Status[], Status])[] = [
        ["wait_all", ["succeeded", "succeeded"], "succeeded"],
        ["wait_all", ["succeeded", "failed"], "failed"],
        ["wait_all", ["succeeded", "timed_out"], "timed_out"],
        ["wait_all", ["succeeded", "canceled"], "canceled"],
        ["wait_all", ["canceled", "canceled"], "canceled"],
        ["fail_fast", ["failed", "canceled"], "failed"],
        ["best_effort", ["succeeded", "failed"], "succeeded"],
        ["best_effort", ["failed", "canceled"], "failed"],
        ["race", ["failed", "succeeded", "canceled"], "succeeded"],
        ["race", ["failed", "failed"], "failed"],
      ];
      for (const [i, [strategy, statuses, outcome]] of expected.entries()) {
        await store.executions.create({ id: `e${i}`, strategy, status: "running" });
        await store.tasks.saveMany(statuses.map((status, n) => ({ executionId: `e${i}`, name: `t${n}`, status })));
        assert.equal(
          (await store.executions.complete(`e${i}`)).status,
          outcome,
          `${strategy} of ${statuses.join(", ")}`,
        );
      }
    },
  },
  {
    name: "the newest attempt of a name decides, and gives the output",
    async run({ store: { executions, tasks } }) {
      await executions.create({ id: "e", status: "running" });
      await tasks.saveMany([
        { executionId: "e", name: "pay", attempt: 1, status: "failed", output: "old" },
        { executionId: "e", name: "pay", attempt: 2, status: "succeeded", output: "new" },
        { executionId: "e", name: "ship", status: "succeeded" },
        { id: "r", executionId: "e", name: "root", status: "succeeded", output: null },
        { executionId: "e", name: "leaf", parentId: "r", status: "failed", output: 1 },
      ]);
      const completed = await executions.complete("e", {
        transform: (outputs) => {
          assert.deepEqual(outputs, { pay: "new", ship: undefined, root: null });
          return Object.keys(outputs).length;
        },
      });
      assert.equal(completed.status, "succeeded");
      assert.equal(completed.output, 3);
    },
  },
  {
    name: "concurrent completions have one outcome",
    async run({ store }) {
      await withTask(store);
      let transformed = 0;
      const completed = await Promise.all(
        Array.from({ length: 8 }, () => store.executions.complete("e", { transform: () => (transformed += 1) })),
      );
      assert.equal(transformed, 1);
      for (const each of completed) assert.deepEqual(each, completed[0]);
    },
  },
  {
    name: "a transform that throws ends the execution as failed, with the error, and its output stays",
    async run({ store }) {
      await withTask(store);
      await store.executions.save({ id: "e", output: "saved" });
      const failed = await store.executions.complete("e", {
        transform: () => {
          throw new RangeError("no");
        },
      });
      const { stack, ...error } = failed.error as Record<string, unknown>;
      assert.deepEqual(
        [failed.status, failed.output, error],
        ["failed", "saved", { name: "RangeError", message: "no" }],
      );
      assert.match(String(stack), /RangeError: no/);
      assert.deepEqual(await store.executions.require("e"), failed);
      assert.deepEqual(await store.executions.complete("e", { transform: () => 1 }), failed);
    },
  },
  {
    name: "a transform whose output cannot be stored ends the execution as failed too",
    async run({ store }) {
      await withTask(store);
      const failed = await store.executions.complete("e", { transform: async () => Promise.resolve(Number.NaN) });
      assert.deepEqual([failed.status, failed.output], ["failed", undefined]);
      assert.equal((failed.error as { name: string }).name, "InvalidInputError");
    },
  },
  {
    name: "an output that was saved stays, unless the transform or a task gives one",
    async run({ store: { executions, tasks } }) {
      const transforms = [undefined, () => undefined, () => null, () => ({ made: true })];
      const outputs = [];
      for (const [i, transform] of transforms.entries()) {
        for (const task of ["none", "empty", "full"]) {
          const id = `${task} ${i}`;
          await executions.create({ id });
          await executions.save({ id, output: "saved" });
          const output = task === "full" ? 1 : undefined;
          if (task !== "none") await tasks.save({ executionId: id, name: "t", status: "succeeded", output });
          const completed = await executions.complete(id, transform ? { transform } : {});
          assert.deepEqual(await executions.require(id), completed);
          outputs.push(completed.output);
        }
      }
      const kept = ["saved", "saved", { t: 1 }];
      const [made, nothing] = [{ made: true }, null];
      assert.deepEqual(outputs, [...kept, ...kept, nothing, nothing, nothing, made, made, made]);
      await executions.create({ id: "bare" });
      assert.deepEqual((await executions.complete("bare")).output, {});
    },
  },
  {
    name: "a completion in a transaction is undone with it",
    async run({ store }) {
      await withTask(store);
      const undone = store.transaction(async (tx) => {
        assert.equal((await tx.executions.complete("e")).status, "succeeded");
        throw new RangeError("undo");
      });
      await assert.rejects(undone, RangeError);
      assert.equal((await store.executions.require("e")).status, "running");
      await assert.rejects(store.executions.complete("e", { expectedVersion: 9 }), { code: "conflict" });
    },
  },
];

async function withTask({ executions, tasks }: Store): Promise<void> {
  await executions.create({ id: "e", status: "running" });
  await tasks.save({ executionId: "e", name: "t", status: "succeeded", output: 1 });
}
