import assert from "node:assert/strict";
import type { TaskInput } from "holdfast/tasks";
import type { ContractCase } from "../case.ts";

const task: TaskInput = { executionId: "e", name: "n" };

/** Tasks that are refused before anything is written, by the field that the error names. */
const badTasks: readonly (readonly [field: string, input: TaskInput])[] = [
  ["id", { ...task, id: "" }],
  ["id", { ...task, id: "\ud800" }],
  ["executionId", { ...task, executionId: "x".repeat(256) }],
  ["parentId", { ...task, parentId: "" }],
  ["name", { ...task, name: "a\0" }],
  ["name", { executionId: "e" } as unknown as TaskInput],
  ["type", { ...task, type: "other" as "basic" }],
  ["status", { ...task, status: "done" as "failed" }],
  ["strategy", { ...task, strategy: "any" as "race" }],
  ["attempt", { ...task, attempt: 0 }],
  ["attempt", { ...task, attempt: 1.5 }],
  ["component", { ...task, component: "" }],
  ["input.a[1]", { ...task, input: { a: [1, Number.NaN] } }],
  ["output", { ...task, output: 1n }],
  ["error", { ...task, error: new Date() }],
  ["expectedVersion", { ...task, expectedVersion: -1 }],
  ["action", { ...task, agent: "a" }],
  ["agent", { ...task, action: "a" }],
  ["action", { ...task, type: "basic", agent: "a", action: null }],
  ["tool", { ...task, agent: "a", action: "b", tool: "t" }],
  ["agent", { ...task, type: "router", agent: "a", action: "b" }],
  ["tool", { ...task, type: "router", tool: "t" }],
];

/** What is refused, and that it is refused alone. */
export const tasksInputCases: readonly ContractCase[] = [
  {
    name: "a bad task is refused with the name of the field, and writes nothing",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (const [field, input] of badTasks) {
        const refused = { code: "invalid_input", facts: { field } };
        await assert.rejects(store.tasks.save(input), refused);
        await assert.rejects(store.tasks.saveMany([task, input]), {
          ...refused,
          facts: { field: `inputs[1].${field}` },
        });
      }
      assert.equal(await store.tasks.count(), 0);
    },
  },
  {
    name: "the rule of what a task may name holds for what is stored and what is new together",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.tasks.save({ ...task, id: "t", agent: "a", action: "b" });
      await assert.rejects(store.tasks.save({ ...task, id: "t", tool: "t" }), { code: "invalid_input" });
      await assert.rejects(store.tasks.save({ ...task, id: "t", type: "router" }), { code: "invalid_input" });
      await store.tasks.save({ ...task, id: "t", tool: "t", agent: null, action: null });
      await store.tasks.save({ ...task, id: "t", type: "parallel", agent: "a" });
      const { agent, action, tool } = await store.tasks.require("t");
      assert.deepEqual([agent, action, tool], ["a", null, "t"]);
    },
  },
  {
    name: "a batch holds an id once, and a step at most 10,000 tasks",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const twice = [
        { ...task, id: "t" },
        { ...task, id: "t" },
      ];
      await assert.rejects(store.tasks.saveMany(twice), { code: "invalid_input", facts: { field: "inputs[1]" } });
      const many = Array.from({ length: 10_001 }, () => task);
      await assert.rejects(store.executions.transition("e", { tasks: many }), { facts: { field: "tasks" } });
    },
  },
  {
    name: "bad requests are refused with the name of the field",
    async run({ store }) {
      const refused = (field: string): object => ({ code: "invalid_input", facts: { field } });
      await assert.rejects(store.tasks.list({ after: "x" }), refused("after"));
      await assert.rejects(store.tasks.list({ limit: 1001 }), refused("limit"));
      await assert.rejects(store.tasks.list({ status: "x" as "failed" }), refused("status"));
      await assert.rejects(store.tasks.count({ agent: "" }), refused("agent"));
      await assert.rejects(store.tasks.tree("t", { after: "1" }), refused("after"));
      await assert.rejects(store.tasks.tree("t", { depthMax: -1 }), refused("depthMax"));
      await assert.rejects(store.tasks.tree("t", { limit: 0 }), refused("limit"));
      await assert.rejects(store.tasks.setStatus("t", "x" as "failed"), refused("status"));
      await assert.rejects(store.tasks.setStatus("", "failed"), refused("id"));
      await assert.rejects(store.tasks.child("t", ""), refused("name"));
      await assert.rejects(store.tasks.root("", "t"), refused("executionId"));
      await assert.rejects(store.tasks.root("e", ""), refused("name"));
      await assert.rejects(store.tasks.list({ name: "" }), refused("name"));
    },
  },
];
