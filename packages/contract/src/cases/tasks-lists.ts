import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

/** Lists, counts and reads by name. */
export const tasksListCases: readonly ContractCase[] = [
  {
    name: "a list gives what passes all filters, before its limit, page by page",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.executions.create({ id: "f" });
      await store.tasks.save({ id: "p", executionId: "e", name: "p", type: "parallel", component: "c" });
      const works = [{ agent: "a", action: "x" }, { agent: "b", action: "x" }, { tool: "t" }] as const;
      const inputs = Array.from({ length: 30 }, (_, i) => ({
        id: `t${i}`,
        executionId: i < 24 ? "e" : "f",
        parentId: i < 24 ? "p" : null,
        name: i % 3 === 0 ? "n" : "m",
        status: i % 2 === 0 ? ("running" as const) : ("failed" as const),
        ...works[i % 3],
      }));
      await store.tasks.saveMany(inputs);
      const counts = [
        [{}, 31],
        [{ executionId: "e" }, 25],
        [{ executionId: "x" }, 0],
        [{ parentId: "p" }, 24],
        [{ parentId: null }, 7],
        [{ executionId: "e", parentId: null }, 1],
        [{ name: "n" }, 10],
        [{ name: "n", executionId: "f" }, 2],
        [{ name: "x" }, 0],
        [{ status: "failed" }, 15],
        [{ type: "parallel" }, 1],
        [{ component: "c" }, 1],
        [{ agent: "a" }, 10],
        [{ action: "x" }, 20],
        [{ tool: "t" }, 10],
        [{ tool: "t", executionId: "f" }, 2],
        [{ tool: "t", executionId: "f", status: "running" }, 1],
        [{ agent: "a", tool: "t" }, 0],
      ] as const;
      for (const [filter, count] of counts) {
        assert.equal(await store.tasks.count(filter), count, JSON.stringify(filter));
        assert.equal((await store.tasks.list({ ...filter, limit: 1000 })).items.length, count);
      }
      const ids: string[] = [];
      let after: string | undefined;
      do {
        const page = await store.tasks.list({ status: "failed", limit: 4, after });
        ids.push(...page.items.map((task) => task.id));
        after = page.next ?? undefined;
      } while (after !== undefined);
      assert.deepEqual(
        ids,
        inputs.filter((task) => task.status === "failed").map((task) => task.id),
      );
    },
  },
  {
    name: "a list takes several statuses, and without payloads gives all else",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const statuses = ["pending", "running", "failed", "failed", "succeeded"] as const;
      await store.tasks.saveMany(statuses.map((status) => ({ executionId: "e", name: "m", status })));
      const found = (await store.tasks.list({ status: ["failed", "running"] })).items.map(({ status }) => status);
      assert.deepEqual(found, ["running", "failed", "failed"]);
      assert.equal(await store.tasks.count({ status: ["failed"] }), 2);
      await assert.rejects(store.tasks.list({ status: [] }), { facts: { field: "status" } });
      await store.tasks.save({ executionId: "e", name: "n", status: "failed", input: 1, output: null, error: "no" });
      const [full] = (await store.tasks.list({ name: "n", payloads: true })).items;
      const [lean] = (await store.tasks.list({ name: "n", payloads: false })).items;
      assert.deepEqual([full?.input, full?.output, full?.error], [1, null, "no"]);
      assert.ok(full);
      assert.deepEqual(lean, { ...full, input: undefined, output: undefined, error: undefined });
    },
  },
  {
    name: "of a child's attempts the newest wins, and all are kept",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.tasks.save({ id: "p", executionId: "e", name: "p" });
      await store.tasks.createChildren("p", [
        { id: "a2", name: "a", attempt: 2, output: "new" },
        { id: "a1", name: "a", attempt: 1, output: "old" },
        { id: "b1", name: "b", output: "first" },
        { id: "b2", name: "b", output: null },
        { id: "c1", name: "c", output: "old" },
        { id: "c2", name: "c", attempt: 2 },
        { id: "d", name: "__proto__", output: 1 },
      ]);
      const newest = await Promise.all(["a", "b", "c", "x"].map((name) => store.tasks.child("p", name)));
      assert.deepEqual(
        newest.map((task) => task?.id),
        ["a2", "b2", "c2", undefined],
      );
      const outputs = await store.tasks.childrenOutputs("p");
      assert.deepEqual(
        [...outputs],
        [
          ["__proto__", 1],
          ["a", "new"],
          ["b", null],
        ],
      );
      assert.equal((await store.tasks.children("p")).items.length, 7);
      const page = await store.tasks.children("p", { limit: 2 });
      assert.deepEqual(
        page.items.map((task) => task.id),
        ["a2", "a1"],
      );
      assert.deepEqual((await store.tasks.children("p", { after: page.next ?? "" })).items.length, 5);
      assert.deepEqual((await store.tasks.children("x")).items, []);
    },
  },
  {
    name: "a root is found by its name, in its execution, and its newest attempt wins",
    async run({ store }) {
      await store.executions.createMany([{ id: "e" }, { id: "f" }]);
      await store.tasks.saveMany([
        { id: "a2", executionId: "e", name: "a", attempt: 2, input: { n: 2 } },
        { id: "a1", executionId: "e", name: "a" },
        { id: "b1", executionId: "e", name: "b" },
        { id: "b2", executionId: "e", name: "b" },
        { id: "child", executionId: "e", name: "c", parentId: "a1" },
        { id: "other", executionId: "f", name: "a", attempt: 9 },
      ]);
      const found = await Promise.all(["a", "b", "c", "x"].map((name) => store.tasks.root("e", name)));
      assert.deepEqual(
        found.map((task) => task?.id),
        ["a2", "b2", undefined, undefined],
      );
      assert.deepEqual(found[0], await store.tasks.require("a2"));
      assert.equal(await store.tasks.root("x", "a"), null);
      await store.transaction(async (tx) => {
        await tx.tasks.save({ id: "a3", executionId: "e", name: "a", attempt: 3 });
        assert.equal((await tx.tasks.root("e", "a"))?.id, "a3");
      });
    },
  },
];
