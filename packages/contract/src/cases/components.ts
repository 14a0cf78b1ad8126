import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

const key = { executionId: "e", component: "c" };

/** What `components` promises. */
export const componentsContract: readonly ContractCase[] = [
  {
    name: "a state of JSON null is a state, and absence is none",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      assert.equal(await store.components.get("e", "c"), null);
      await assert.rejects(store.components.require("e", "c"), { code: "not_found" });
      const saved = await store.components.save({ ...key, state: null });
      assert.deepEqual([saved.version, saved.state], [1, null]);
      assert.deepEqual(await store.components.require("e", "c"), saved);
    },
  },
  {
    name: "a save replaces the state, keeps createdAt and adds a version",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      const first = await store.components.save({ ...key, state: { a: "\0\ud800" } });
      await clock.advance(1000);
      const second = await store.components.save({ ...key, state: [2], expectedVersion: 1 });
      assert.deepEqual(second, { ...first, version: 2, state: [2], updatedAt: second.updatedAt });
      assert.ok(second.updatedAt > first.updatedAt);
    },
  },
  {
    name: "an unexpected version changes nothing and tells both",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const facts = {
        reason: "version",
        entity: "component",
        executionId: "e",
        component: "c",
        expected: 1,
        actual: 0,
      };
      const early = store.components.save({ ...key, state: 1, expectedVersion: 1 });
      await assert.rejects(early, { code: "conflict", facts });
      await store.components.save({ ...key, state: 1, expectedVersion: 0 });
      const late = store.components.save({ ...key, state: 2, expectedVersion: 0 });
      await assert.rejects(late, { code: "conflict", facts: { ...facts, expected: 0, actual: 1 } });
      const batch = [
        { ...key, component: "d", state: 1 },
        { ...key, state: 2, expectedVersion: 9 },
      ];
      await assert.rejects(store.components.saveMany(batch), { code: "conflict" });
      const states = (await store.components.list("e")).items.map((each) => [each.component, each.state]);
      assert.deepEqual(states, [["c", 1]]);
    },
  },
  {
    name: "of many who expect the same version one saves, also where there is none yet",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      for (const expectedVersion of [0, 1]) {
        const save = (_: unknown, i: number): Promise<unknown> =>
          store.components.save({ ...key, state: i, expectedVersion });
        const outcomes = await Promise.allSettled(Array.from({ length: 20 }, save));
        assert.equal(outcomes.filter((outcome) => outcome.status === "fulfilled").length, 1);
        const inTransaction = (i: number): Promise<unknown> =>
          store.transaction((tx) =>
            tx.components.save({ ...key, component: `t${expectedVersion}`, state: i, expectedVersion: 0 }),
          );
        const others = await Promise.allSettled(three.map(inTransaction));
        assert.equal(others.filter((outcome) => outcome.status === "fulfilled").length, 1);
      }
    },
  },
  {
    name: "states are listed by component, page by page, and removed one by one",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.executions.create({ id: "f" });
      const names = ["b", "Z", "a", "é", "aa"];
      await store.components.saveMany(names.map((component) => ({ ...key, component, state: component })));
      await store.components.save({ executionId: "f", component: "b", state: 1 });
      const first = await store.components.list("e", { limit: 3 });
      const second = await store.components.list("e", { limit: 3, after: first.next ?? "" });
      const listed = [...first.items, ...second.items].map((each) => each.component);
      assert.deepEqual([listed, second.next], [["Z", "a", "aa", "b", "é"], null]);
      const removed = await Promise.all(["b", "b", "x"].map((component) => store.components.remove("e", component)));
      assert.deepEqual(removed, [true, false, false]);
      assert.equal((await store.components.save({ ...key, component: "b", state: 1 })).version, 1);
      assert.equal((await store.components.require("f", "b")).version, 1);
    },
  },
  {
    name: "an unknown execution and bad input are refused to their own caller alone",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const [missing, fine] = await Promise.allSettled([
        store.components.save({ ...key, executionId: "x", state: 1 }),
        store.components.save({ ...key, state: 1 }),
      ]);
      assert.ok(missing.status === "rejected" && fine.status === "fulfilled");
      assert.equal((missing.reason as { code: string }).code, "not_found");
      const refused = (field: string): object => ({ code: "invalid_input", facts: { field } });
      await assert.rejects(store.components.save({ ...key, state: undefined }), refused("state"));
      await assert.rejects(store.components.save({ ...key, component: "", state: 1 }), refused("component"));
      await assert.rejects(
        store.components.saveMany([
          { ...key, state: 1 },
          { ...key, state: 2 },
        ]),
        refused("inputs[1]"),
      );
      await assert.rejects(store.components.list("e", { limit: 0 }), refused("limit"));
    },
  },
];

const three = [0, 1, 2];
