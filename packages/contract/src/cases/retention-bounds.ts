import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { RetainOptions, RetentionPolicy } from "holdfast/retention";
import type { ContractCase } from "../case.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** Ended executions with three tasks each, one above the others. */
async function ended(store: Store, ids: readonly string[]): Promise<void> {
  await store.executions.saveMany(ids.map((id) => ({ id, status: "running" })));
  await store.tasks.saveMany(
    ids.flatMap((executionId) =>
      ["root", "one", "two"].map((name) => ({
        id: `${executionId} ${name}`,
        executionId,
        name,
        parentId: name === "root" ? null : `${executionId} root`,
      })),
    ),
  );
  await store.executions.saveMany(ids.map((id) => ({ id, status: "succeeded" })));
}

/** How a call is bounded, resumed, shared and asked. */
export const retentionBoundsContract: readonly ContractCase[] = [
  {
    name: "a call removes no more rows than its limit, and the next goes on until nothing is left",
    async run({ store, clock }) {
      await ended(store, ["a", "b", "c"]);
      await clock.advance(31 * dayMs);
      const rows = async (): Promise<number> => (await store.tasks.count()) + (await store.executions.count());
      for (let left = 12; left > 0; left -= 5) {
        assert.equal(await rows(), left);
        assert.equal((await store.retain({}, { limit: 5 })).isComplete, left < 5);
      }
      assert.equal(await rows(), 0);
    },
  },
  {
    name: "the oldest go first",
    async run({ store, clock }) {
      for (const id of ["b", "c", "a"]) {
        await clock.advance(1000);
        await store.executions.save({ id, status: "succeeded" });
      }
      await clock.advance(31 * dayMs);
      await store.retain({}, { limit: 1 });
      const { items } = await store.executions.list();
      assert.deepEqual(
        items.map(({ id }) => id),
        ["c", "a"],
      );
    },
  },
  {
    name: "a tree of more tasks than one batch has goes, in batches",
    async run({ store, clock }) {
      await store.executions.create({ id: "e", status: "running" });
      await store.tasks.save({ id: "root", executionId: "e", name: "root" });
      await store.tasks.createChildren(
        "root",
        Array.from({ length: 2500 }, () => ({ name: "part" })),
      );
      await store.executions.setStatus("e", "failed");
      await clock.advance(31 * dayMs);
      await store.retain({}, { limit: 1500 });
      assert.equal(await store.tasks.count({ executionId: "e" }), 1001);
      assert.equal((await store.retain()).counts.executions, 1);
    },
  },
  {
    name: "a dry run counts what then goes, and changes nothing",
    async run({ store, clock }) {
      await ended(store, ["a", "b", "c"]);
      await store.correlations.deliver({ key: "k", ttlMs: dayMs });
      await clock.advance(31 * dayMs);
      const would = await store.retain({}, { dryRun: true, limit: 1 });
      assert.equal(await store.tasks.count(), 9);
      assert.deepEqual(await store.retain(), would);
      assert.deepEqual([would.counts.executions, would.counts.events, would.isComplete], [3, 1, true]);
    },
  },
  {
    name: "calls at the same time share the work, and count each thing once",
    async run({ store, clock }) {
      await ended(
        store,
        Array.from({ length: 250 }, (_, i) => `e${i}`),
      );
      await clock.advance(31 * dayMs);
      const calls = await Promise.all(Array.from({ length: 4 }, () => store.retain()));
      const last = await store.retain();
      const total = [...calls, last].reduce((sum, { counts }) => sum + counts.executions, 0);
      assert.deepEqual([total, await store.tasks.count()], [250, 0]);
    },
  },
  {
    name: "its turn comes once in five minutes, whoever asks, and sooner while something is left",
    async run({ store, clock }) {
      const asked = await Promise.all(Array.from({ length: 5 }, () => store.retainWhenDue()));
      assert.ok(asked.every((nextMs) => nextMs !== null && nextMs > 290_000 && nextMs <= 300_000));
      await ended(store, ["e"]);
      await clock.advance(31 * dayMs);
      assert.equal(await store.retainWhenDue(), 300_000);
      assert.equal(await store.executions.get("e"), null);
      await store.executions.save({ id: "later", status: "succeeded", state: 1 });
      await clock.advance(200_000);
      const nextMs = await store.retainWhenDue();
      assert.ok(nextMs !== null && nextMs > 90_000 && nextMs <= 100_000);
    },
  },
  {
    name: "bad input is refused with the name of the field",
    async run({ store }) {
      const refused = (field: string): object => ({ code: "invalid_input", facts: { field } });
      const policies: readonly (readonly [unknown, string])[] = [
        [null, "policy"],
        ["30d", "policy"],
        [{ execution: 1 }, "policy.execution"],
        [{ executions: -1 }, "policy.executions"],
        [{ executions: 1.5 }, "policy.executions"],
        [{ executions: null }, "policy.executions"],
        [{ events: "7d" }, "policy.events"],
        [{ timers: true }, "policy.timers"],
        [{ blobs: 7 * dayMs }, "policy.blobs"],
        [{ timers: 100 * 366 * dayMs + 1 }, "policy.timers"],
      ];
      for (const [policy, field] of policies) {
        await assert.rejects(store.retain(policy as RetentionPolicy), refused(field));
      }
      await store.retain({ timers: 100 * 366 * dayMs });
      const options: readonly (readonly [unknown, string])[] = [
        [null, "options"],
        [{ limit: 0 }, "limit"],
        [{ limit: 2 ** 31 }, "limit"],
        [{ dryRun: "yes" }, "dryRun"],
      ];
      for (const [given, field] of options) {
        await assert.rejects(store.retain({}, given as RetainOptions), refused(field));
      }
    },
  },
  {
    name: "an execution that is removed in part is forked at the entries that it still has",
    async run({ store, clock }) {
      await store.executions.create({ id: "e", status: "running" });
      await store.history.append("e", [{ kind: "a" }, { kind: "b" }]);
      await store.executions.setStatus("e", "succeeded");
      await clock.advance(31 * dayMs);
      await store.retain({}, { limit: 1 });
      await assert.rejects(store.executions.fork("e", { at: 2 }), { code: "not_found" });
      const { id, at } = await store.executions.fork("e");
      await store.history.append(id, [{ kind: "c" }], { expectedNext: at + 1 });
      await store.retain();
      const { items } = await store.history.read(id);
      assert.deepEqual(
        items.map(({ number, kind }) => [number, kind]),
        [
          [1, "a"],
          [2, "c"],
        ],
      );
    },
  },
  {
    name: "an execution that is removed in part is read to where it goes, and takes no entries",
    async run({ store, clock }) {
      await store.executions.create({ id: "e", status: "running" });
      await store.history.append("e", [{ kind: "a" }, { kind: "b" }, { kind: "c" }]);
      await store.executions.setStatus("e", "succeeded");
      await clock.advance(31 * dayMs);
      await store.retain({}, { limit: 1 });
      const { items } = await store.history.read("e");
      assert.deepEqual(items.map(({ kind }) => kind).join(""), "ab");
      await assert.rejects(store.history.append("e", [{ kind: "d" }]), { code: "conflict" });
    },
  },
];
