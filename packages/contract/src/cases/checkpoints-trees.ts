import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { CheckpointInput, CheckpointPartInput } from "holdfast/checkpoints";
import type { ContractCase } from "../case.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A part with a value, or one that is shared. */
function part(name: string, version: string, value?: string): CheckpointPartInput {
  return { name, version, ...(value === undefined ? {} : { value: bytes(value) }) };
}

function child(id: string, parentId: string | null, parts: readonly CheckpointPartInput[]): CheckpointInput {
  return { thread: "t", id, parentId, state: bytes(id), parts };
}

async function valuesOf(store: Store, id: string, thread = "t"): Promise<Readonly<Record<string, string>>> {
  const { parts } = await store.checkpoints.require({ thread, id });
  return Object.fromEntries(parts.map(({ name, value }) => [name, Buffer.from(value).toString()]));
}

/** Branches of a thread and the parts that they share. */
export const checkpointTreeCases: readonly ContractCase[] = [
  {
    name: "a checkpoint shares parts with its parent, and its own branch's where two gave one version to other values",
    async run({ store }) {
      const { checkpoints } = store;
      await checkpoints.write(child("1", null, [part("a", "1", "root a"), part("b", "1", "root b")]));
      await checkpoints.write(child("2", "1", [part("a", "2", "left"), part("b", "1")]));
      await checkpoints.write(child("3", "1", [part("a", "2", "right"), part("b", "1")]));
      await checkpoints.write(child("4", "2", [part("a", "2"), part("b", "2", "left b")]));
      await checkpoints.write(child("5", "3", [part("a", "2"), part("b", "1")]));
      assert.deepEqual(await valuesOf(store, "2"), { a: "left", b: "root b" });
      assert.deepEqual(await valuesOf(store, "4"), { a: "left", b: "left b" });
      assert.deepEqual(await valuesOf(store, "5"), { a: "right", b: "root b" });
      // The parent lacks this version, so any checkpoint's will do; one that nobody stored is left out.
      await checkpoints.write(child("6", "1", [part("b", "2"), part("c", "1"), part("a", "1")]));
      assert.deepEqual(await valuesOf(store, "6"), { a: "root a", b: "left b" });
    },
  },
  {
    name: "ancestors come nearest first, with the named parts and writes",
    async run({ store: { checkpoints } }) {
      const value = bytes("v");
      for (const [id, parentId] of [
        ["1", null],
        ["2", "1"],
        ["3", "2"],
        ["4", "2"],
      ] as const) {
        // prettier-ignore
        await checkpoints.write(child(id, parentId, [part("a", "1", id), part("b", "1", id)]));
        const writes = ["a", "b"].map((name) => ({ name, value }));
        await checkpoints.addWrites({ thread: "t", id, task: `task ${id}`, writes });
      }
      const all = await checkpoints.ancestors({ thread: "t", id: "4" });
      assert.deepEqual(all.map(({ id }) => id), ["2", "1"]); // prettier-ignore
      assert.deepEqual([all[0]?.parts.length, all[0]?.writes.length], [2, 2]);
      const [nearest, ...others] = await checkpoints.ancestors({ thread: "t", id: "4" }, { limit: 1, names: ["b"] });
      assert.deepEqual([nearest?.id, others], ["2", []]);
      assert.deepEqual(nearest?.parts.map(({ name }) => name), ["b"]); // prettier-ignore
      assert.deepEqual(nearest?.writes.map(({ name, task }) => [name, task]), [["b", "task 2"]]); // prettier-ignore
      assert.deepEqual(await checkpoints.ancestors({ thread: "t", id: "1" }), []);
      assert.deepEqual(await checkpoints.ancestors({ thread: "t", id: "none" }), []);
    },
  },
  {
    name: "pruning keeps the newest checkpoint of each namespace with its ancestors, and every part that these share",
    async run({ store }) {
      const { checkpoints } = store;
      await checkpoints.write(child("1", null, [part("a", "1", "kept"), part("b", "1", "gone")]));
      await checkpoints.write(child("2", "1", [part("a", "1"), part("b", "2", "two")]));
      await checkpoints.write(child("3", "2", [part("a", "1"), part("b", "3", "three")]));
      await checkpoints.write({ ...child("1", null, []), namespace: "sub" });
      const write = { name: "n", value: bytes("x") };
      for (const id of ["1", "3"]) await checkpoints.addWrites({ thread: "t", id, task: "a", writes: [write] });
      assert.equal(await checkpoints.prune("t", { ancestors: 1 }), 1);
      assert.deepEqual(await valuesOf(store, "2"), { a: "kept", b: "two" });
      assert.equal(await checkpoints.prune("t"), 1);
      assert.deepEqual(await valuesOf(store, "3"), { a: "kept", b: "three" });
      assert.equal((await checkpoints.require({ thread: "t" })).writes.length, 1);
      assert.equal(await checkpoints.count(), 2);
      // A part that went is not shared any more.
      await checkpoints.write(child("4", "3", [part("b", "1"), part("a", "1")]));
      assert.deepEqual(await valuesOf(store, "4"), { a: "kept" });
      assert.deepEqual([await checkpoints.prune("t"), await checkpoints.prune("none")], [1, 0]);
    },
  },
  {
    name: "a copy of a thread is a thread of its own",
    async run({ store }) {
      const { checkpoints } = store;
      await checkpoints.write(child("1", null, [part("a", "1", "one")]));
      await checkpoints.write(child("2", "1", [part("a", "1")]));
      await checkpoints.addWrites({ thread: "t", id: "2", task: "a", writes: [{ name: "n", value: bytes("x") }] });
      assert.equal(await checkpoints.copyThread("t", "copy"), 2);
      await checkpoints.removeThread("t");
      assert.deepEqual(await valuesOf(store, "2", "copy"), { a: "one" });
      const { writes, parentId } = await checkpoints.require({ thread: "copy" });
      assert.deepEqual([writes.length, parentId], [1, "1"]);
      assert.equal(await checkpoints.copyThread("none", "other"), 0);
      await checkpoints.write(child("1", null, []));
      await assert.rejects(checkpoints.copyThread("t", "copy"), { code: "duplicate" });
    },
  },
];
