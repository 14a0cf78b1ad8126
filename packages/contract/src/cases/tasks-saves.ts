import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

/** Saves: what they keep, refuse and answer. */
export const tasksSaveCases: readonly ContractCase[] = [
  {
    name: "a new task gets the defaults, an id and version 1",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      const before = await clock.now();
      const saved = await store.tasks.save({ executionId: "e", name: "n", input: { a: [1, null] }, output: null });
      const { id, sequence, createdAt, updatedAt, ...rest } = saved;
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
      assert.ok(sequence > 0);
      assert.ok(createdAt >= before);
      assert.deepEqual(updatedAt, createdAt);
      const none = {
        parentId: null,
        component: null,
        agent: null,
        action: null,
        tool: null,
        startedAt: null,
        finishedAt: null,
      };
      const defaults = { type: "basic", status: "pending", strategy: "wait_all", attempt: 1, version: 1, usage: {} };
      assert.deepEqual(rest, { executionId: "e", name: "n", ...defaults, ...none });
      const payloads = { input: { a: [1, null] }, output: null, error: undefined };
      assert.deepEqual(await store.tasks.require(id), { ...saved, ...payloads });
    },
  },
  {
    name: "many are saved at once, alike or not, and each keeps what it leaves out",
    async run({ store }) {
      await store.executions.saveMany([{ id: "e" }, { id: "f" }]);
      const ids = ["b", "c", "a"];
      const given = { executionId: "e", type: "parallel", status: "running", attempt: 2, agent: "x" } as const;
      await store.tasks.saveMany(ids.map((id) => ({ ...given, id, name: id, output: id })));
      // In the order of creation.
      assert.deepEqual(
        (await store.tasks.list({ executionId: "e" })).items.map(({ id }) => id),
        ids,
      );
      const again = ids.map((id) => ({ id, executionId: "e", name: `${id}2`, component: "k" }));
      const saved = await Promise.all(
        [...again, { ...given, id: "new", name: "n" }].map((task) => store.tasks.save(task)),
      );
      assert.deepEqual(
        saved.map(({ id }) => id),
        [...ids, "new"],
      );
      await Promise.all(again.map((task) => store.tasks.save(task)));
      for (const id of ids) {
        const task = await store.tasks.require(id);
        const { name, version, component, output, type, status, attempt, agent, executionId } = task;
        assert.deepEqual(
          { name, version, component, output, type, status, attempt, agent, executionId },
          { ...given, name: `${id}2`, version: 3, component: "k", output: id },
        );
      }
      const refused = [
        { id: "g", executionId: "none", name: "n" },
        { id: "b", executionId: "f", name: "n" },
      ];
      const settled = await Promise.allSettled(
        [...refused, { id: "h", executionId: "f", name: "n" }].map((task) => store.tasks.save(task)),
      );
      assert.deepEqual(
        settled.map((each) => (each.status === "fulfilled" ? each.value.id : (each.reason as { code: string }).code)),
        ["not_found", "invalid_input", "h"],
      );
    },
  },
  {
    name: "a save keeps what it leaves out, and null clears",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      await store.tasks.save({ id: "p", executionId: "e", name: "p" });
      const work = {
        type: "parallel",
        strategy: "race",
        attempt: 3,
        component: "c",
        agent: "a",
        action: "b",
        tool: "t",
      } as const;
      await store.tasks.save({
        id: "t",
        executionId: "e",
        name: "n",
        parentId: "p",
        status: "running",
        ...work,
        input: 1,
      });
      const first = await store.tasks.require("t");
      await clock.advance(1000);
      await store.tasks.save({ id: "t", executionId: "e", name: "m", output: 2 });
      const second = await store.tasks.require("t");
      assert.deepEqual(second, { ...first, name: "m", version: 2, output: 2, updatedAt: second.updatedAt });
      assert.ok(second.updatedAt > first.updatedAt);
      const cleared = { parentId: null, component: null, agent: null, action: null, tool: null };
      await store.tasks.save({ id: "t", executionId: "e", name: "m", ...cleared });
      const third = await store.tasks.require("t");
      assert.deepEqual(third, { ...second, ...cleared, version: 3, updatedAt: third.updatedAt });
      await store.tasks.save({ ...third, expectedVersion: 3 });
      assert.equal((await store.tasks.require("t")).version, 4);
    },
  },
  {
    name: "a save that expects another version changes nothing and tells both",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const task = { id: "t", executionId: "e", name: "n" };
      await store.tasks.save({ ...task, expectedVersion: 0 });
      for (const expectedVersion of [0, 2]) {
        const facts = { reason: "version", entity: "task", id: "t", expected: expectedVersion, actual: 1 };
        await assert.rejects(store.tasks.save({ ...task, name: "m", expectedVersion }), { code: "conflict", facts });
      }
      const batch = [
        { executionId: "e", name: "other" },
        { ...task, expectedVersion: 7 },
      ];
      await assert.rejects(store.tasks.saveMany(batch), { code: "conflict" });
      assert.equal((await store.tasks.require("t")).name, "n");
      assert.equal(await store.tasks.count(), 1);
      assert.equal((await store.tasks.save({ ...task, expectedVersion: 1 })).version, 2);
    },
  },
  {
    name: "a batch answers in its order, creates in its order, and may hold parents after their children",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const ids = ["z", "c", "m", "a"];
      const inputs = ids.map((id, i) => ({ id, executionId: "e", name: id, parentId: ids[i + 1] ?? null }));
      const saved = await store.tasks.saveMany(inputs);
      assert.deepEqual(
        saved.map((task) => task.id),
        ids,
      );
      assert.deepEqual(
        (await store.tasks.list()).items.map((task) => task.id),
        ids,
      );
      assert.deepEqual(
        (await store.tasks.tree("a")).nodes.map((node) => node.id),
        ["a", "m", "c", "z"],
      );
      assert.deepEqual(await store.tasks.saveMany([]), []);
    },
  },
  {
    name: "a task is refused without its execution or its parent, and the field is named",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.executions.create({ id: "f" });
      await store.tasks.save({ id: "p", executionId: "e", name: "p" });
      const missing = { code: "not_found" };
      const execution = { ...missing, facts: { field: "executionId", entity: "execution", id: "x" } };
      await assert.rejects(store.tasks.save({ executionId: "x", name: "n" }), execution);
      const parent = (id: string): object => ({ ...missing, facts: { field: "parentId", entity: "task", id } });
      await assert.rejects(store.tasks.save({ executionId: "e", name: "n", parentId: "x" }), parent("x"));
      await assert.rejects(store.tasks.save({ executionId: "f", name: "n", parentId: "p" }), parent("p"));
      const move = store.tasks.save({ id: "p", executionId: "f", name: "p" });
      await assert.rejects(move, { code: "invalid_input", facts: { field: "executionId", entity: "task", id: "p" } });
      assert.equal(await store.tasks.count(), 1);
    },
  },
  {
    name: "a parent that would make a task its own ancestor is refused",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const task = (id: string, parentId: string | null) => ({ id, executionId: "e", name: id, parentId });
      const refused = { code: "invalid_input" };
      await assert.rejects(store.tasks.save(task("a", "a")), refused);
      await assert.rejects(store.tasks.saveMany([task("a", "b"), task("b", "c"), task("c", "a")]), refused);
      await store.tasks.saveMany([task("a", null), task("b", "a"), task("c", "b")]);
      for (const parent of ["a", "b", "c"]) await assert.rejects(store.tasks.save(task("a", parent)), refused);
      await assert.rejects(store.tasks.saveMany([task("d", "c"), task("a", "d")]), refused);
      assert.equal((await store.tasks.require("a")).parentId, null);
      await store.tasks.save(task("c", "a"));
      assert.equal((await store.tasks.require("c")).parentId, "a");
    },
  },
  {
    name: "two moves that would close a cycle together never both happen",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (let round = 0; round < 10; round++) {
        const [a, b] = [`a${round}`, `b${round}`];
        await store.tasks.saveMany([a, b].map((id) => ({ id, executionId: "e", name: "n" })));
        const move = (id: string, parentId: string): Promise<unknown> =>
          store.transaction((tx) => tx.tasks.save({ id, executionId: "e", name: "n", parentId }));
        const moves = await Promise.allSettled([move(a, b), move(b, a)]);
        assert.equal(moves.filter((outcome) => outcome.status === "fulfilled").length, 1);
      }
    },
  },
  {
    name: "many callers who save one task lose no write, and one caller's error is its own",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const save = (i: number): Promise<unknown> =>
        store.tasks.save({ id: `t${i % 5}`, executionId: i % 10 === 9 ? "x" : "e", name: "n", input: i });
      const outcomes = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => save(i)));
      assert.equal(outcomes.filter((outcome) => outcome.status === "rejected").length, 10);
      const versions = (await store.tasks.list()).items.map((task) => task.version);
      assert.equal(
        versions.reduce((sum, version) => sum + version, 0),
        90,
      );
    },
  },
  {
    name: "children are created all or none, in the execution of their parent",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.tasks.save({ id: "p", executionId: "e", name: "p" });
      const created = await store.tasks.createChildren("p", [
        { id: "z", name: "z", tool: "t" },
        { name: "a", input: 1 },
      ]);
      assert.deepEqual(
        created.map((task) => [task.parentId, task.executionId]),
        [
          ["p", "e"],
          ["p", "e"],
        ],
      );
      const children = (await store.tasks.children("p")).items;
      assert.deepEqual(
        children.map((task) => [task.id, task.input]),
        [
          ["z", undefined],
          [created[1]?.id, 1],
        ],
      );
      const taken = { code: "duplicate", facts: { field: "id", entity: "task", id: "z" } };
      await assert.rejects(
        store.tasks.createChildren("p", [
          { id: "new", name: "n" },
          { id: "z", name: "n" },
        ]),
        taken,
      );
      const missing = { code: "not_found", facts: { field: "parentId", entity: "task", id: "x" } };
      await assert.rejects(store.tasks.createChildren("x", [{ name: "n" }]), missing);
      await assert.rejects(store.tasks.createChildren("x", []), missing);
      assert.deepEqual(await store.tasks.createChildren("p", []), []);
      assert.equal(await store.tasks.count(), 3);
    },
  },
];
