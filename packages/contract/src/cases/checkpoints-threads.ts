import assert from "node:assert/strict";
import type { CheckpointInput } from "holdfast/checkpoints";
import type { ContractCase } from "../case.ts";

const state = new Uint8Array([1]);

/** The clock runs on while a case does its work, so the times that it moves are long. */
const dayMs = 24 * 3_600_000;

function checkpoint(thread: string, id: string, more: Partial<CheckpointInput> = {}): CheckpointInput {
  return { thread, id, state, ...more };
}

/** Threads as a whole: their time to live, and their removal. */
export const checkpointThreadCases: readonly ContractCase[] = [
  {
    name: "an expired thread is absent for every reader, until it begins anew without its former content",
    async run({ store: { checkpoints }, clock }) {
      await checkpoints.write({
        ...checkpoint("t", "1"),
        ttlMs: dayMs,
        parts: [{ name: "a", version: "1", value: state }],
      });
      await clock.advance(0.9 * dayMs);
      // A write prolongs it; one without a time to live leaves it.
      await checkpoints.addWrites({
        thread: "t",
        id: "1",
        task: "a",
        writes: [{ name: "n", value: state }],
        ttlMs: dayMs,
      });
      await checkpoints.write(checkpoint("t", "2"));
      await clock.advance(0.9 * dayMs);
      assert.equal((await checkpoints.require({ thread: "t" })).id, "2");
      await clock.advance(0.2 * dayMs);
      assert.deepEqual(
        [
          await checkpoints.get({ thread: "t" }),
          (await checkpoints.list()).items,
          await checkpoints.count(),
          await checkpoints.ancestors({ thread: "t", id: "2" }),
          (await checkpoints.threads()).items,
          await checkpoints.copyThread("t", "copy"),
          await checkpoints.prune("t"),
        ],
        [null, [], 0, [], [], 0, 0],
      );
      await checkpoints.write({ ...checkpoint("t", "1"), parts: [{ name: "a", version: "1" }] });
      const { items } = await checkpoints.list();
      assert.deepEqual(
        items.map(({ id, parts, writes }) => [id, parts, writes]),
        [["1", [], []]],
      );
      assert.equal((await checkpoints.threads()).items[0]?.expiresAt, null);
    },
  },
  {
    name: "pending writes begin an expired thread anew, and change no thread that is there, unless they prolong it",
    async run({ store: { checkpoints }, clock }) {
      const pending = { thread: "t", id: "1", task: "a", writes: [{ name: "n", value: state }] };
      const only = async () => (await checkpoints.threads()).items[0];
      await checkpoints.write(checkpoint("t", "1"));
      const before = await only();
      await clock.advance(dayMs);
      await checkpoints.addWrites(pending);
      assert.deepEqual(await only(), before);
      await checkpoints.addWrites({ ...pending, task: "b", ttlMs: dayMs });
      assert.ok(Number((await only())?.updatedAt) >= Number(before?.updatedAt) + dayMs);
      await clock.advance(dayMs);
      assert.equal(await only(), undefined);
      await checkpoints.addWrites(pending);
      const anew = await only();
      assert.equal(anew?.expiresAt, null);
      assert.ok(Number(anew.createdAt) >= Number(before?.createdAt) + 2 * dayMs);
      assert.equal(await checkpoints.get({ thread: "t" }), null);
      await checkpoints.write(checkpoint("t", "1"));
      assert.deepEqual((await checkpoints.require({ thread: "t" })).writes.map(({ task }) => task), ["a"]); // prettier-ignore
    },
  },
  {
    name: "retention removes expired threads, and only these",
    async run({ store, clock }) {
      const { checkpoints } = store;
      await checkpoints.write({ ...checkpoint("expiring", "1"), ttlMs: dayMs });
      await checkpoints.write(checkpoint("staying", "1"));
      await clock.advance(dayMs);
      assert.equal((await store.retain({ checkpoints: false })).counts.checkpoints, 0);
      assert.equal((await store.retain(undefined, { dryRun: true })).counts.checkpoints, 1);
      assert.equal((await store.retain()).counts.checkpoints, 1);
      assert.deepEqual((await checkpoints.threads()).items.map(({ thread }) => thread), ["staying"]); // prettier-ignore
    },
  },
  {
    name: "threads are removed in the order given, whole",
    async run({ store: { checkpoints } }) {
      for (const thread of ["a", "b", "c"]) {
        await checkpoints.write({ ...checkpoint(thread, "1"), parts: [{ name: "p", version: "1", value: state }] });
      }
      assert.deepEqual(await checkpoints.removeThreads(["c", "x", "a"]), [true, false, true]);
      assert.deepEqual([await checkpoints.removeThread("a"), await checkpoints.removeThread("b")], [false, true]);
      assert.equal(await checkpoints.count(), 0);
      // Nothing of the former thread is shared.
      await checkpoints.write({ ...checkpoint("a", "2"), parts: [{ name: "p", version: "1" }] });
      assert.deepEqual((await checkpoints.require({ thread: "a" })).parts, []);
    },
  },
  {
    name: "checkpoints are removed by labels across threads, and a thread goes with its last one",
    async run({ store: { checkpoints } }) {
      const parts = [{ name: "p", version: "1", value: state }];
      await checkpoints.write({ ...checkpoint("a", "1"), labels: { run: "r1" }, parts });
      await checkpoints.write({
        ...checkpoint("a", "2"),
        labels: { run: "r2" },
        parentId: "1",
        parts: [{ name: "p", version: "1" }],
      });
      await checkpoints.write({ ...checkpoint("b", "1"), labels: { run: "r1" } });
      assert.equal(await checkpoints.removeAll({ labels: { run: "r1" } }), 2);
      assert.equal((await checkpoints.require({ thread: "a" })).parts.length, 1);
      assert.deepEqual((await checkpoints.threads()).items.map(({ thread }) => thread), ["a"]); // prettier-ignore
      assert.equal(await checkpoints.removeAll({ labels: { run: "none" } }), 0);
    },
  },
  {
    name: "a transaction that fails leaves no checkpoint, and reads its own",
    async run({ store }) {
      const failing = store.transaction(async ({ checkpoints }) => {
        await checkpoints.write(checkpoint("t", "1"));
        assert.equal((await checkpoints.require({ thread: "t" })).id, "1");
        throw new Error("no");
      });
      await assert.rejects(failing, /^Error: no$/);
      assert.equal(await store.checkpoints.get({ thread: "t" }), null);
    },
  },
];
