import assert from "node:assert/strict";
import { NotFoundError, type Page, type Store } from "holdfast";
import type { FormerState } from "holdfast/executions";
import type { PageRequest } from "holdfast/lists";
import type { Nouns } from "holdfast/transactions";
import type { ContractCase } from "../case.ts";
import { linesOf } from "./archives.ts";

const statesOf = (items: readonly FormerState[]): readonly unknown[] => items.map(({ state }) => state);

/** The list of the former states of an execution whose state is replaced once for each row. */
export const formerStates: {
  readonly prepare: (store: Store) => Promise<unknown>;
  readonly add: (store: Store, rows: readonly { readonly name: string }[]) => Promise<unknown>;
  readonly order: "desc";
  readonly page: (nouns: Nouns, request: PageRequest) => Promise<Page<unknown>>;
  readonly each: (nouns: Nouns, request?: PageRequest) => AsyncIterable<unknown>;
} = {
  prepare: async ({ executions }) => {
    await executions.create({ id: "e", state: "first" });
    return executions.keepStates("e", 1000);
  },
  add: async (store, rows) =>
    store.transaction(async ({ executions }) => {
      for (const { name } of rows) await executions.save({ id: "e", state: name });
    }),
  order: "desc",
  page: async ({ executions }, request) => executions.formerStates("e", request),
  each: ({ executions }, request) => executions.iterateFormerStates("e", request),
};

/** What `keepStates` promises. */
export const executionsFormerStateCases: readonly ContractCase[] = [
  {
    name: "no former state is kept unless that is asked for, and then the newest are, by every way to write a state",
    async run({ store }) {
      const { executions } = store;
      await executions.create({ id: "e", state: 0 });
      await executions.save({ id: "e", state: 1 });
      assert.deepEqual((await executions.formerStates("e")).items, []);
      await executions.keepStates("e", 3);
      await executions.save({ id: "e", state: { text: "\u0000" } });
      await executions.transition("e", { state: 3 });
      await executions.transition("e", { labels: { a: 1 } });
      await executions.saveMany([{ id: "e", state: null }]);
      const { items } = await executions.formerStates("e");
      assert.deepEqual(statesOf(items), [3, { text: "\u0000" }, 1]);
      const [newest] = items;
      assert.ok(newest);
      assert.deepEqual([newest.executionId, newest.component, newest.version], ["e", null, 5]);
      assert.ok(newest.replacedAt.getTime() >= newest.updatedAt.getTime());
      assert.deepEqual(await executions.formerState("e", newest.version), newest);
      assert.equal(await executions.formerState("e", 6), null);
      const heads = await executions.formerStates("e", { payloads: false, order: "asc" });
      assert.deepEqual(
        heads.items.map(({ version, state }) => [version, state]),
        [
          [2, undefined],
          [3, undefined],
          [5, undefined],
        ],
      );
      await executions.save({ id: "e", state: 5 });
      assert.deepEqual(statesOf((await executions.formerStates("e")).items), [null, 3, { text: "\u0000" }]);
      await executions.keepStates("e", 1);
      assert.deepEqual(statesOf((await executions.formerStates("e")).items), [null]);
      await executions.keepStates("e", 0);
      await executions.save({ id: "e", state: 6 });
      assert.deepEqual((await executions.formerStates("e")).items, []);
    },
  },
  {
    name: "a state that is saved again as it is replaces nothing",
    async run({ store: { executions } }) {
      await executions.create({ id: "e", state: { a: 1, b: 2 } });
      await executions.keepStates("e", 3);
      await executions.save({ id: "e", state: { a: 1, b: 2 } });
      await executions.transition("e", { state: { a: 1, b: 2 } });
      assert.deepEqual((await executions.formerStates("e")).items, []);
      await executions.save({ id: "e", state: { a: 1, b: 3 } });
      const { items } = await executions.formerStates("e");
      assert.deepEqual(
        items.map(({ version, state }) => [version, state]),
        [[3, { a: 1, b: 2 }]],
      );
    },
  },
  {
    name: "the former states of a component are its own, and go when it is removed",
    async run({ store }) {
      const { executions, components } = store;
      await executions.create({ id: "e", state: 1 });
      const save = async (component: string, state: unknown): Promise<unknown> =>
        components.save({ executionId: "e", component, state });
      const former = async (component: string): Promise<readonly unknown[]> =>
        statesOf((await executions.formerStates("e", { component })).items);
      await save("cart", "a1");
      await save("other", "b1");
      await executions.keepStates("e", 10, { component: "cart" });
      await save("cart", "a2");
      await executions.transition("e", { components: [{ component: "cart", state: "a3" }] });
      await save("other", "b2");
      assert.deepEqual([await former("cart"), await former("other")], [["a2", "a1"], []]);
      assert.equal((await executions.formerState("e", 1, { component: "cart" }))?.state, "a1");
      await components.remove("e", "cart");
      assert.deepEqual(await former("cart"), []);
      await save("cart", "anew");
      await save("cart", "anew 2");
      assert.deepEqual(await former("cart"), []);
    },
  },
  {
    name: "former states are rolled back, exported and removed with their execution",
    async run({ store }) {
      const { executions } = store;
      await executions.create({ id: "e", state: 1 });
      await executions.keepStates("e", 10);
      await store
        .transaction(async (tx) => {
          await tx.executions.save({ id: "e", state: "undone" });
          throw new Error("back");
        })
        .catch(() => null);
      assert.deepEqual((await executions.formerStates("e")).items, []);
      await executions.save({ id: "e", state: 2 });
      const { items } = await executions.formerStates("e");
      assert.deepEqual(statesOf(items), [1]);
      const archive = await linesOf(store.export({ executionId: "e" }));
      await executions.remove("e");
      assert.deepEqual((await executions.formerStates("e")).items, []);
      await store.import(archive);
      assert.deepEqual((await executions.formerStates("e")).items, items);
      await executions.save({ id: "e", state: 3 });
      assert.deepEqual(statesOf((await executions.formerStates("e")).items), [2, 1]);
    },
  },
  {
    name: "former states are kept from the creation on, by every way to create",
    async run({ store }) {
      const { executions } = store;
      const keepStates = 2;
      await executions.create({ id: "created", state: 0, keepStates });
      await executions.createMany([
        { id: "many", state: 0, keepStates },
        { id: "none", state: 0 },
      ]);
      await executions.start({ id: "started", state: 0, keepStates, jobs: [{ queue: "q" }] });
      await executions.save({ id: "saved", state: 0, keepStates });
      const once = { id: "once", state: 0, keepStates, idempotencyKey: "k" };
      await executions.create(once);
      const ids = ["created", "many", "none", "started", "saved", "once"];
      for (const state of [1, 2, 3]) await executions.saveMany(ids.map((id) => ({ id, state })));
      for (const id of ids) {
        const { items } = await executions.formerStates(id);
        assert.deepEqual(statesOf(items), id === "none" ? [] : [2, 1], id);
      }
      // A repeated request changes nothing, nor does a setting of nothing.
      assert.equal((await executions.create({ ...once, keepStates: 1 })).outcome, "replayed");
      assert.deepEqual(statesOf((await executions.formerStates("once")).items), [2, 1]);
      await executions.create({ id: "zero", state: 0, keepStates: 0 });
      await executions.save({ id: "zero", state: 1 });
      assert.deepEqual((await executions.formerStates("zero")).items, []);
    },
  },
  {
    name: "a save sets how many former states are kept, and other saves leave that as it is",
    async run({ store: { executions } }) {
      const former = async (id: string): Promise<readonly unknown[]> =>
        statesOf((await executions.formerStates(id)).items);
      await executions.create({ id: "e", state: 0 });
      await executions.create({ id: "other", state: 0, keepStates: 5 });
      await executions.save({ id: "e", state: 1, keepStates: 3 });
      assert.deepEqual(await former("e"), [0]);
      await executions.saveMany([
        { id: "other", state: 1 },
        { id: "e", state: 2, labels: { a: 1 } },
      ]);
      assert.deepEqual([await former("e"), await former("other")], [[1, 0], [0]]);
      await executions.saveMany([
        { id: "other", state: 2 },
        { id: "e", keepStates: 1 },
      ]);
      assert.deepEqual([await former("e"), await former("other")], [[1], [1, 0]]);
      await executions.save({ id: "e", state: 3, keepStates: 0 });
      assert.deepEqual(await former("e"), []);
      await executions.save({ id: "e", state: 4 });
      assert.deepEqual(await former("e"), []);
      await assert.rejects(executions.save({ id: "other", keepStates: 0, expectedVersion: 1 }), { code: "conflict" });
      assert.deepEqual(await former("other"), [1, 0]);
    },
  },
  {
    name: "states are kept for what exists alone, and so many",
    async run({ store: { executions } }) {
      await assert.rejects(executions.keepStates("e", 1), NotFoundError);
      await executions.create({ id: "e" });
      await assert.rejects(executions.keepStates("e", 1, { component: "c" }), NotFoundError);
      for (const count of [-1, 1.5, 1001]) {
        await assert.rejects(executions.keepStates("e", count), { name: "InvalidInputError" });
        const named = { name: "InvalidInputError", message: /^keepStates / };
        await assert.rejects(executions.create({ keepStates: count }), named);
        await assert.rejects(executions.save({ id: "e", keepStates: count }), named);
      }
    },
  },
];
