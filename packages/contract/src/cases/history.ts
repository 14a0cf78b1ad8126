import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

/** What `history` promises. */
export const historyContract: readonly ContractCase[] = [
  {
    name: "entries are numbered from 1 and read back in their order",
    async run({ store, clock }) {
      await store.executions.create({ id: "e" });
      const before = await clock.now();
      assert.deepEqual(await store.history.append("e", [{ kind: "a", payload: { x: 1 } }, { kind: "b" }]), [1, 2]);
      await clock.advance(60_000);
      assert.deepEqual(await store.history.append("e", [{ kind: "c", payload: null }]), [3]);
      const { items, next } = await store.history.read("e");
      assert.equal(next, null);
      const shown = items.map((entry) => [entry.executionId, entry.number, entry.kind, entry.payload]);
      assert.deepEqual(shown, [
        ["e", 1, "a", { x: 1 }],
        ["e", 2, "b", undefined],
        ["e", 3, "c", null],
      ]);
      const [first, , third] = items.map((entry) => entry.recordedAt.getTime());
      assert.ok(first !== undefined && first >= before.getTime());
      assert.ok(third !== undefined && third >= first + 60_000);
      assert.deepEqual(await store.history.last("e"), items[2]);
      assert.equal(await store.history.count("e"), 3);
    },
  },
  {
    name: "an empty history has no last entry, and expects number 1",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      assert.deepEqual(await store.history.read("e"), { items: [], next: null, cursors: [] });
      assert.equal(await store.history.last("e"), null);
      assert.equal(await store.history.count("e"), 0);
      assert.deepEqual(await store.history.append("e", []), []);
      assert.deepEqual(await store.history.append("e", [{ kind: "a" }], { expectedNext: 1 }), [1]);
    },
  },
  {
    name: "an append that expects another number writes nothing and tells both",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.history.append("e", [{ kind: "a" }, { kind: "b" }]);
      for (const expectedNext of [1, 2, 4]) {
        const facts = { reason: "number", entity: "history", executionId: "e", expected: expectedNext, actual: 3 };
        await assert.rejects(store.history.append("e", [{ kind: "c" }], { expectedNext }), { code: "conflict", facts });
      }
      assert.equal(await store.history.count("e"), 2);
      assert.deepEqual(await store.history.append("e", [{ kind: "c" }, { kind: "d" }], { expectedNext: 3 }), [3, 4]);
    },
  },
  {
    name: "of many who expect the same number one appends",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const append = (): Promise<unknown> => store.history.append("e", [{ kind: "a" }], { expectedNext: 1 });
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, append));
      assert.equal(outcomes.filter((outcome) => outcome.status === "fulfilled").length, 1);
      assert.equal(await store.history.count("e"), 1);
    },
  },
  {
    name: "appends made at once get numbers without gaps, in the order of the calls",
    async run({ store }) {
      const executions = ["e", "f", "g"];
      for (const id of executions) await store.executions.create({ id });
      const calls = Array.from({ length: 300 }, (_, i) => ({
        execution: executions[i % 3] ?? "e",
        size: 1 + (i % 4),
        call: i,
      }));
      const numbers = await Promise.all(
        calls.map(({ execution, size, call }) =>
          store.history.append(
            execution,
            Array.from({ length: size }, () => ({ kind: "k", payload: call })),
          ),
        ),
      );
      for (const execution of executions) {
        const own = calls.flatMap((call, i) => (call.execution === execution ? (numbers[i] ?? []) : []));
        assert.deepEqual(
          own,
          own.map((_, i) => i + 1),
        );
        const { items } = await store.history.read(execution, { limit: 1000 });
        const payloads = items.map((entry) => Number(entry.payload));
        assert.deepEqual(
          payloads,
          payloads.toSorted((a, b) => a - b),
        );
        assert.equal(items.length, own.length);
      }
    },
  },
  {
    name: "numbers of a transaction that was rolled back are given again",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const undone = store.transaction(async (tx) => {
        assert.deepEqual(await tx.history.append("e", [{ kind: "a" }, { kind: "b" }]), [1, 2]);
        assert.equal((await tx.history.read("e")).items.length, 2);
        throw new Error("undo");
      });
      await assert.rejects(undone, { message: "undo" });
      assert.deepEqual(await store.history.append("e", [{ kind: "c" }]), [1]);
    },
  },
  {
    name: "an unknown execution is refused to its own caller alone",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const [missing, fine] = await Promise.allSettled([
        store.history.append("x", [{ kind: "a" }]),
        store.history.append("e", [{ kind: "a" }]),
      ]);
      assert.ok(missing.status === "rejected" && fine.status === "fulfilled");
      const { code, facts } = missing.reason as { code: string; facts: object };
      assert.deepEqual([code, facts], ["not_found", { field: "executionId", entity: "execution", id: "x" }]);
    },
  },
  {
    name: "a history is read page by page from any number",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      await store.history.append(
        "e",
        Array.from({ length: 250 }, (_, i) => ({ kind: "k", payload: i + 1 })),
      );
      const read: unknown[] = [];
      for (let after: string | null | undefined; after !== null;) {
        const { items, next } = await store.history.read("e", { from: 41, after, limit: 70 });
        read.push(...items.map((entry) => entry.payload));
        after = next;
      }
      assert.deepEqual(
        read,
        Array.from({ length: 210 }, (_, i) => i + 41),
      );
      assert.deepEqual((await store.history.read("e", { from: 251 })).items, []);
    },
  },
  {
    name: "bad input is refused with the name of the field",
    async run({ store }) {
      await store.executions.create({ id: "e" });
      const refused = (field: string): object => ({ code: "invalid_input", facts: { field } });
      await assert.rejects(store.history.append("", [{ kind: "a" }]), refused("executionId"));
      await assert.rejects(store.history.append("e", [{ kind: "a" }, { kind: "" }]), refused("entries[1].kind"));
      const lossy = [{ kind: "a", payload: { at: new Date() } }];
      await assert.rejects(store.history.append("e", lossy), refused("entries[0].payload.at"));
      await assert.rejects(store.history.append("e", [{ kind: "a" }], { expectedNext: 0 }), refused("expectedNext"));
      await assert.rejects(store.history.append("e", [], { expectedNext: 1 }), refused("entries"));
      await assert.rejects(store.history.read("e", { from: 0 }), refused("from"));
      await assert.rejects(store.history.read("e", { limit: 0 }), refused("limit"));
      assert.equal(await store.history.count("e"), 0);
    },
  },
];
