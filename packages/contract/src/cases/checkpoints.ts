import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { CheckpointInput } from "holdfast/checkpoints";
import type { ContractCase } from "../case.ts";
import { checkpointThreadCases } from "./checkpoints-threads.ts";
import { checkpointTreeCases } from "./checkpoints-trees.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A checkpoint without parts. */
function plain(thread: string, id: string, more: Partial<CheckpointInput> = {}): CheckpointInput {
  return { thread, id, state: bytes(id), ...more };
}

async function idsOf(store: Store, request: Parameters<Store["checkpoints"]["list"]>[0]): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { id } of store.checkpoints.iterate(request)) found.push(id);
  return found;
}

const writingCases: readonly ContractCase[] = [
  {
    name: "a checkpoint is read as it was written, and a second write of it replaces the first",
    async run({ store: { checkpoints } }) {
      const parts = [{ name: "a", version: "1", manifest: "json", value: bytes("{}") }];
      const first = { ...plain("t", "1"), namespace: "n", manifest: "m", labels: { step: 1, ok: true, by: "x" } };
      await checkpoints.write({ ...first, parts });
      const { createdAt, ...stored } = await checkpoints.require({ thread: "t", namespace: "n", id: "1" });
      assert.ok(createdAt instanceof Date);
      assert.deepEqual(stored, { ...first, parentId: null, parts, writes: [] });
      await checkpoints.write({ ...plain("t", "1"), namespace: "n", state: bytes("other") });
      const second = await checkpoints.require({ thread: "t", namespace: "n" });
      assert.deepEqual([second.state, second.labels, second.parts], [bytes("other"), {}, []]);
      assert.equal(await checkpoints.count(), 1);
      assert.equal(await checkpoints.get({ thread: "t" }), null);
      await assert.rejects(checkpoints.require({ thread: "t", id: "2" }), { code: "not_found" });
    },
  },
  {
    name: "of a task's pending writes under one number the first stays, and under a negative number the last",
    async run({ store: { checkpoints } }) {
      const write = async (task: string, path: string, values: readonly (readonly [number, string])[]): Promise<void> =>
        checkpoints.addWrites({
          thread: "t",
          id: "1",
          task,
          path,
          writes: values.map(([number, value]) => ({ number, name: "n", value: bytes(value) })),
        });
      // Before the checkpoint itself.
      await write("b", "p1", [[0, "first"], [1, "one"], [-1, "first"], [-1, "second"]]); // prettier-ignore
      await checkpoints.write(plain("t", "1"));
      await Promise.all([write("b", "p1", [[0, "late"], [-1, "third"]]), write("a", "p2", [[0, "a"]]), write("c", "", [[0, "c"]])]); // prettier-ignore
      const { writes } = await checkpoints.require({ thread: "t" });
      assert.deepEqual(
        writes.map(({ task, number, value }) => [task, number, Buffer.from(value).toString()]),
        [["c", 0, "c"], ["b", -1, "third"], ["b", 0, "first"], ["b", 1, "one"], ["a", 0, "a"]], // prettier-ignore
      );
      await checkpoints.addWrites({ thread: "t", id: "1", task: "d", writes: [{ name: "x", value: bytes("") }] });
      await checkpoints.addWrites({ thread: "t", id: "1", task: "e", writes: [] });
      assert.equal((await checkpoints.require({ thread: "t" })).writes.length, 6);
    },
  },
  {
    name: "checkpoints are listed newest first across threads, by namespace, labels and id",
    async run({ store }) {
      const { checkpoints } = store;
      await Promise.all([
        checkpoints.write({ ...plain("a", "1"), labels: { run: "r1", step: 1 } }),
        checkpoints.write({ ...plain("b", "2"), labels: { run: "r2", step: 1 } }),
        checkpoints.write({ ...plain("a", "3"), namespace: "sub", labels: { run: "r1", step: 2 } }),
        checkpoints.write({ ...plain("c", "2"), labels: { run: "r1" } }),
      ]);
      assert.deepEqual(await idsOf(store, { limit: 1 }), ["3", "2", "2", "1"]);
      assert.deepEqual(await idsOf(store, { order: "asc", limit: 3 }), ["1", "2", "2", "3"]);
      assert.deepEqual(await idsOf(store, { labels: { run: "r1" }, limit: 2 }), ["3", "2", "1"]);
      assert.deepEqual(await idsOf(store, { labels: { run: "r1", step: 1 } }), ["1"]);
      assert.deepEqual(await idsOf(store, { thread: "a", namespace: "" }), ["1"]);
      assert.deepEqual(await idsOf(store, { beforeId: "2" }), ["1"]);
      assert.deepEqual(await idsOf(store, { id: "2", thread: "c" }), ["2"]);
      await checkpoints.write(plain("a", "0"));
      await checkpoints.write(plain("c", "1"));
      assert.deepEqual(await idsOf(store, { isNewest: true, limit: 2 }), ["3", "2", "2", "1"]);
      assert.deepEqual(await idsOf(store, { isNewest: true, thread: "a", labels: { step: 1 } }), ["1"]);
      assert.equal(await checkpoints.count({ isNewest: true }), 4);
      assert.equal(await checkpoints.count({ labels: { run: "r1" } }), 3);
      assert.equal(await checkpoints.count({ thread: "x" }), 0);
    },
  },
  {
    name: "who writes and reads at once with others gets what was asked for",
    async run({ store: { checkpoints } }) {
      const threads = Array.from({ length: 40 }, (_, i) => `t${i}`);
      for (const id of ["1", "2"]) {
        await Promise.all(
          threads.map((thread) => checkpoints.write({ ...plain(thread, id), state: bytes(thread + id) })),
        );
        const found = await Promise.all([...threads, "none"].map((thread) => checkpoints.get({ thread })));
        assert.deepEqual(
          found.map((each) => each && Buffer.from(each.state).toString()),
          [...threads.map((thread) => thread + id), null],
        );
      }
    },
  },
];

const wrongInputs: readonly (readonly [string, (store: Store) => Promise<unknown>])[] = [
  ["thread", ({ checkpoints }) => checkpoints.write(plain("", "1"))],
  ["id", ({ checkpoints }) => checkpoints.write(plain("t", "a\0"))],
  ["parentId", ({ checkpoints }) => checkpoints.write(plain("t", "1", { parentId: "1" }))],
  ["namespace", ({ checkpoints }) => checkpoints.write(plain("t", "1", { namespace: "\ud800" }))],
  ["state", ({ checkpoints }) => checkpoints.write(plain("t", "1", { state: "text" as never }))],
  ["ttlMs", ({ checkpoints }) => checkpoints.write(plain("t", "1", { ttlMs: 0 }))],
  ["labels.a", ({ checkpoints }) => checkpoints.write(plain("t", "1", { labels: { a: null as never } }))],
  ["parts[0].name", ({ checkpoints }) => checkpoints.write(plain("t", "1", { parts: [{ name: "", version: "1" }] }))],
  [
    "parts[1]",
    ({ checkpoints }) =>
      checkpoints.write(plain("t", "1", { parts: ["1", "2"].map((version) => ({ name: "a", version })) })),
  ],
  [
    "writes[0].value",
    ({ checkpoints }) =>
      checkpoints.addWrites({ thread: "t", id: "1", task: "a", writes: [{ name: "n", value: null as never }] }),
  ],
  ["id", ({ checkpoints }) => checkpoints.addWrites({ thread: "t", id: "", task: "a", writes: [] })],
  ["after", ({ checkpoints }) => checkpoints.list({ after: '["a"]' })],
  ["limit", ({ checkpoints }) => checkpoints.ancestors({ thread: "t", id: "1" }, { limit: 1001 })],
  ["ancestors", ({ checkpoints }) => checkpoints.prune("t", { ancestors: -1 })],
  ["labels", ({ checkpoints }) => checkpoints.removeAll({ labels: {} })],
  ["target", ({ checkpoints }) => checkpoints.copyThread("t", "t")],
  ["threads[1]", ({ checkpoints }) => checkpoints.removeThreads(["t", "t"])],
];

const inputCases: readonly ContractCase[] = [
  {
    name: "wrong input is an InvalidInputError that names the field, and writes nothing",
    async run({ store }) {
      for (const [field, call] of wrongInputs) {
        await assert.rejects(call(store), (error: { code?: unknown; facts?: { field?: unknown } }) => {
          assert.deepEqual([error.code, error.facts?.field], ["invalid_input", field]);
          return true;
        });
      }
      assert.deepEqual([await store.checkpoints.count(), (await store.checkpoints.threads()).items], [0, []]);
    },
  },
];

/** What `checkpoints` promises. */
export const checkpointsContract: readonly ContractCase[] = [
  ...writingCases,
  ...checkpointTreeCases,
  ...checkpointThreadCases,
  ...inputCases,
];
