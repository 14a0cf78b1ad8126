import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { ContractCase } from "../case.ts";
import { feedOf } from "./feed.ts";

/** What forks promise. */
export const historyForksContract: readonly ContractCase[] = [
  {
    name: "a fork shares the entries up to where it was made, and then has its own",
    async run({ store }) {
      await withEntries(store, "e", "abcd");
      assert.deepEqual(await store.executions.fork("e", { at: 2, id: "f" }), { outcome: "created", id: "f", at: 2 });
      assert.equal(await kindsOf(store, "f"), "ab");
      assert.deepEqual(await store.history.append("f", [{ kind: "x" }, { kind: "y" }], { expectedNext: 3 }), [3, 4]);
      assert.deepEqual(await store.history.append("e", [{ kind: "e" }]), [5]);
      assert.equal(await kindsOf(store, "e"), "abcde");
      assert.equal(await kindsOf(store, "f"), "abxy");
      assert.equal(await kindsOf(store, "f", 2, 2), "bx");
      assert.equal(await store.history.count("f"), 4);
      assert.equal((await store.history.last("f"))?.kind, "y");
      const { items } = await feedOf(store, 7);
      assert.deepEqual(
        items.map((entry) => entry.executionId + entry.kind),
        ["ea", "eb", "ec", "ed", "fx", "fy", "ee"],
      );
    },
  },
  {
    name: "a shared entry has one position, and the fork's own have others than their siblings of the same number",
    async run({ store }) {
      await withEntries(store, "e", "ab");
      await store.executions.fork("e", { at: 1, id: "f" });
      await store.executions.fork("e", { at: 1, id: "g" });
      for (const id of ["f", "g"]) await store.history.append(id, [{ kind: "own" }]);
      const positions = await Promise.all(
        ["e", "f", "g"].map(async (id) => (await store.history.read(id)).items.map((entry) => entry.position)),
      );
      assert.equal(new Set(positions.map(([first]) => first)).size, 1);
      assert.equal(new Set(positions.map(([, second]) => second)).size, 3);
    },
  },
  {
    name: "a fork runs the same definition by the same strategy, and takes along labels and input but nothing else",
    async run({ store }) {
      await store.definitions.publish({ name: "d", document: {}, status: "active" });
      await store.executions.create({ id: "parent" });
      await store.executions.create({
        id: "e",
        definition: { name: "d", version: "active" },
        strategy: "race",
        labels: { customer: "c" },
        input: { text: "\0\ud800" },
        state: { step: 7 },
        parentId: "parent",
        idempotencyKey: "key",
        status: "running",
      });
      await store.executions.addUsage("e", { tokens: 3 });
      await store.executions.fork("e", { id: "f" });
      const fork = await store.executions.require("f");
      const { definition, strategy, labels, input, status, state, parentId, idempotencyKey, usage, startedAt } = fork;
      assert.deepEqual([definition, strategy, labels], [{ name: "d", version: 1 }, "race", { customer: "c" }]);
      assert.deepEqual([input, status, state, parentId], [{ text: "\0\ud800" }, "pending", undefined, null]);
      assert.deepEqual([idempotencyKey, usage, startedAt, fork.version], [null, {}, null, 1]);
      await store.executions.fork("e", {
        id: "g",
        state: null,
        input: null,
        labels: {},
        parentId: "parent",
        parentTaskId: "task",
        status: "running",
      });
      const other = await store.executions.require("g");
      assert.deepEqual([other.state, other.input, other.labels, other.parentId], [null, null, {}, "parent"]);
      assert.deepEqual([fork.parentTaskId, other.parentTaskId], [null, "task"]);
      await assert.rejects(store.executions.fork("e", { parentTaskId: "task" }), {
        code: "invalid_input",
        message: /^parentTaskId is given without a parentId/,
      });
      assert.deepEqual([other.status, other.startedAt], ["running", other.createdAt]);
    },
  },
  {
    name: "the same fork made again, and by many at once, is made once",
    async run({ store }) {
      await withEntries(store, "e", "ab");
      const forks = await Promise.all(Array.from({ length: 10 }, () => store.executions.fork("e", { id: "f", at: 1 })));
      assert.deepEqual(forks.map((fork) => fork.outcome).toSorted(), [
        "created",
        ...Array.from({ length: 9 }, () => "replayed"),
      ]);
      const direct = await Promise.all(
        Array.from({ length: 5 }, () => store.transaction((tx) => tx.executions.fork("e", { id: "g" }))),
      );
      assert.equal(direct.filter((fork) => fork.outcome === "created").length, 1);
      await store.history.append("f", [{ kind: "own" }]);
      await store.history.append("e", [{ kind: "later" }]);
      // Without a number, the fork is the one that was made.
      assert.deepEqual(await store.executions.fork("e", { id: "g" }), { outcome: "replayed", id: "g", at: 2 });
      assert.deepEqual(await store.executions.fork("e", { id: "f", at: 1 }), { outcome: "replayed", id: "f", at: 1 });
      assert.equal(await kindsOf(store, "f"), "aown");
      const taken = { code: "duplicate", facts: { entity: "execution", id: "f" } };
      await assert.rejects(store.executions.fork("e", { id: "f", at: 2 }), taken);
      await store.executions.create({ id: "other" });
      await assert.rejects(store.executions.fork("other", { id: "f" }), taken);
      await assert.rejects(store.executions.fork("e", { id: "other" }), { code: "duplicate" });
      await assert.rejects(store.executions.fork("e", { id: "e" }), { code: "duplicate" });
      await store.executions.remove("e");
      assert.deepEqual(await store.executions.fork("e", { id: "f" }), { outcome: "replayed", id: "f", at: 1 });
    },
  },
  {
    name: "a fork of nothing, and of an empty history, begins with number 1",
    async run({ store }) {
      await withEntries(store, "e", "ab");
      await store.executions.create({ id: "empty" });
      assert.equal((await store.executions.fork("e", { id: "f", at: 0 })).at, 0);
      assert.equal((await store.executions.fork("empty", { id: "g" })).at, 0);
      for (const id of ["f", "g"]) {
        assert.equal(await store.history.last(id), null);
        assert.deepEqual(await store.history.append(id, [{ kind: "a" }]), [1]);
        assert.equal(await kindsOf(store, id), "a");
      }
      const made = await store.executions.fork("f");
      assert.deepEqual([made.outcome, made.at], ["created", 1]);
      assert.equal(await kindsOf(store, made.id), "a");
    },
  },
  {
    name: "what is missing is refused, and nothing is made",
    async run({ store }) {
      await withEntries(store, "e", "ab");
      await assert.rejects(store.executions.fork("x"), {
        code: "not_found",
        facts: { entity: "execution", id: "x" },
      });
      await assert.rejects(store.executions.fork("e", { at: 3, id: "f" }), {
        code: "not_found",
        facts: { entity: "history", field: "at", executionId: "e", expected: 3, actual: 2 },
      });
      await assert.rejects(store.executions.fork("e", { parentId: "x", id: "f" }), {
        code: "not_found",
        facts: { entity: "execution", field: "parentId", id: "x" },
      });
      const refused = (field: string): object => ({ code: "invalid_input", facts: { field } });
      await assert.rejects(store.executions.fork(""), refused("executionId"));
      await assert.rejects(store.executions.fork("e", { at: -1 }), refused("at"));
      await assert.rejects(store.executions.fork("e", { id: "" }), refused("id"));
      await assert.rejects(store.executions.fork("e", { status: "failed" as never }), refused("status"));
      await assert.rejects(store.executions.fork("e", { state: new Date() }), refused("state"));
      await assert.rejects(store.executions.fork("e", { labels: { at: {} as never } }), refused("labels.at"));
      await assert.rejects(store.executions.fork("e", null as never), refused("input"));
      assert.equal(await store.executions.get("f"), null);
    },
  },
  {
    name: "forks of forks read through all of them, 100 deep, and not one more",
    async run({ store }) {
      await withEntries(store, "e0", "a");
      await store.transaction(async (tx) => {
        for (let i = 1; i <= 100; i++) {
          await tx.executions.fork(`e${i - 1}`, { id: `e${i}` });
          await tx.history.append(`e${i}`, [{ kind: String(i % 10) }]);
        }
      });
      const { items } = await store.history.read("e100", { limit: 1000 });
      assert.deepEqual(
        items.map((entry) => entry.number),
        Array.from({ length: 101 }, (_, i) => i + 1),
      );
      assert.deepEqual(
        (await store.history.read("e100", { from: 100 })).items.map((entry) => entry.kind),
        ["9", "0"],
      );
      await assert.rejects(store.executions.fork("e100"), {
        code: "conflict",
        facts: { reason: "rule", entity: "execution", id: "e100", depth: 100 },
      });
      await store.executions.fork("e99");
    },
  },
  {
    name: "entries are appended to a source and its forks at once",
    async run({ store }) {
      await withEntries(store, "e", "a");
      const append = (id: string): Promise<unknown> => store.history.append(id, [{ kind: "k" }]);
      await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          await Promise.all([append("e"), append("e")]);
          const { at } = await store.executions.fork("e", { id: `f${i}` });
          await Promise.all([append(`f${i}`), append("e"), append(`f${i}`)]);
          assert.equal(await store.history.count(`f${i}`), at + 2);
        }),
      );
      assert.equal(await store.history.count("e"), 61);
      for (let i = 0; i < 20; i++) {
        const { items } = await store.history.read(`f${i}`);
        assert.deepEqual(
          items.map((entry) => entry.number),
          items.map((_, at) => at + 1),
        );
      }
    },
  },
];

/** An execution with an entry for each letter. */
export async function withEntries(store: Store, id: string, kinds: string): Promise<void> {
  await store.executions.create({ id });
  await store.history.append(
    id,
    Array.from(kinds, (kind) => ({ kind })),
  );
}

/** The kinds of an execution's entries, joined. */
export async function kindsOf(store: Store, id: string, from = 1, limit = 1000): Promise<string> {
  const { items } = await store.history.read(id, { from, limit });
  assert.deepEqual([...new Set(items.map((entry) => entry.executionId))], items.length > 0 ? [id] : []);
  return items.map((entry) => entry.kind).join("");
}
