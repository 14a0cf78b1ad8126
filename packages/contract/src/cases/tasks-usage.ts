import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

/** The counters of tasks. */
export const tasksUsageCases: readonly ContractCase[] = [
  {
    name: "usage of a task adds up for concurrent callers, and leaves its version",
    async run({ store }) {
      const { tasks } = store;
      await store.executions.create({ id: "e" });
      const { usage: none } = await tasks.save({ id: "t", executionId: "e", name: "t" });
      await tasks.save({ id: "u", executionId: "e", name: "u" });
      assert.deepEqual(none, {});
      await Promise.all([
        ...Array.from({ length: 100 }, () => tasks.addUsage("t", { tokens: 3, cost: 0.1 })),
        ...Array.from({ length: 20 }, () => tasks.addUsage("u", { tokens: 1 })),
        ...Array.from({ length: 10 }, () => store.transaction((tx) => tx.tasks.addUsage("t", { tokens: 1 }))),
      ]);
      assert.deepEqual(await tasks.addUsage("t", { calls: 1 }), { tokens: 310, cost: 10, calls: 1 });
      assert.deepEqual(await tasks.addUsage("t", {}), { tokens: 310, cost: 10, calls: 1 });
      const { usage, version } = await tasks.require("t");
      assert.deepEqual([usage, version], [{ tokens: 310, cost: 10, calls: 1 }, 1]);
      assert.deepEqual((await tasks.require("u")).usage, { tokens: 20 });
      await assert.rejects(tasks.addUsage("none", { tokens: 1 }), {
        code: "not_found",
        facts: { entity: "task", id: "none" },
      });
    },
  },
  {
    name: "usage of a task that is no amount, or would not be exact any more, is refused by name",
    async run({ store }) {
      const { tasks } = store;
      await store.executions.create({ id: "e" });
      await tasks.save({ id: "t", executionId: "e", name: "t" });
      const refused = { code: "invalid_input", facts: { field: "usage.tokens" } };
      for (const tokens of [-1, Number.NaN, Infinity, "1" as never, null as never, 2 ** 53]) {
        await assert.rejects(tasks.addUsage("t", { tokens }), refused);
        await assert.rejects(tasks.setStatus("t", "running", { usage: { tokens } }), refused);
      }
      await tasks.addUsage("t", { tokens: Number.MAX_SAFE_INTEGER });
      await assert.rejects(tasks.addUsage("t", { calls: 1, tokens: 1 }), refused);
      await assert.rejects(tasks.setStatus("t", "running", { usage: { tokens: 1 } }), refused);
      const { usage, status } = await tasks.require("t");
      assert.deepEqual([usage, status], [{ tokens: Number.MAX_SAFE_INTEGER }, "pending"]);
    },
  },
  {
    name: "a save keeps the usage of a task, a change of status adds to it, and every record has it",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.tasks.save({ id: "p", executionId: "e", name: "p" });
      const [created] = await store.tasks.createChildren("p", [{ id: "c", name: "c" }]);
      assert.deepEqual(created?.usage, {});
      const expected = { tokens: 5, calls: 2 };
      const task = { id: "c", executionId: "e", name: "c" };
      await store.transaction(async (tx) => {
        assert.deepEqual(await tx.tasks.addUsage("c", { tokens: 2, calls: 1 }), { tokens: 2, calls: 1 });
        const { usage } = await tx.tasks.setStatus("c", "running", { usage: { tokens: 2 } });
        assert.deepEqual(usage, { tokens: 4, calls: 1 });
        const { taskStatuses } = await tx.executions.transition("e", {
          taskStatuses: [{ id: "c", status: "succeeded", usage: { tokens: 1, calls: 1 } }],
        });
        assert.deepEqual(taskStatuses[0]?.usage, expected);
      });
      const other = { id: "o", executionId: "e", name: "o" };
      assert.deepEqual((await store.tasks.save(task)).usage, expected);
      assert.deepEqual((await store.tasks.save({ ...task, parentId: "p", output: 1 })).usage, expected);
      const batches = [
        [task, other],
        [{ ...task, parentId: "p" }, other],
        [{ ...task, component: "x" }, other],
      ];
      for (const batch of batches) assert.deepEqual((await store.tasks.saveMany(batch))[0]?.usage, expected);
      const { tasks } = store;
      const read = [
        await tasks.get("c"),
        await tasks.child("p", "c"),
        (await tasks.list({ name: "c" })).items[0],
        (await tasks.tree("p")).nodes[1],
        ...(await store.transaction((tx) =>
          Promise.all([
            tx.tasks.lock("c"),
            tx.tasks.lock("c", { mode: "nowait" }),
            tx.tasks.lock("c", { mode: "skip_locked" }),
          ]),
        )),
      ];
      for await (const node of tasks.walk("p")) {
        if (node.id === "c") read.push({ ...(await tasks.require("c")), ...node });
      }
      assert.equal(read.length, 8);
      for (const record of read) assert.deepEqual(record?.usage, expected);
      assert.deepEqual((await tasks.root("e", "p"))?.usage, {});
    },
  },
  {
    name: "usage is still added to a task, and to an execution, that has ended",
    async run({ store }) {
      await store.executions.create({ id: "e", status: "running" });
      await store.tasks.save({ id: "t", executionId: "e", name: "t", status: "succeeded" });
      await store.executions.complete("e");
      const { updatedAt } = await store.tasks.require("t");
      assert.deepEqual(await store.tasks.addUsage("t", { tokens: 7 }), { tokens: 7 });
      assert.deepEqual(await store.executions.addUsage("e", { tokens: 7 }), { tokens: 7 });
      const task = await store.tasks.require("t");
      assert.deepEqual([task.usage, task.status], [{ tokens: 7 }, "succeeded"]);
      assert.ok(task.updatedAt >= updatedAt);
    },
  },
];
