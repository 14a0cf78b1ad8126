import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { SnapshotFilter } from "holdfast/snapshots";
import type { ContractCase } from "../case.ts";

const payload = Uint8Array.of(1);

async function idsOf(
  store: Store,
  request: NonNullable<Parameters<Store["snapshots"]["list"]>[0]>,
): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page: Awaited<ReturnType<Store["snapshots"]["list"]>> = await store.snapshots.list({ ...request, after });
    ids.push(...page.items.map(({ persistenceId }) => persistenceId));
    after = page.next ?? undefined;
  } while (after !== undefined);
  return ids;
}

/** Many snapshots at once. */
export const snapshotListCases: readonly ContractCase[] = [
  {
    name: "snapshots are listed by id in byte order, page by page, also by shard and by definition, and counted alike",
    async run({ store }) {
      const ids = ["b", "Z", "a", "é", "aa", "\u{1f600}", "a b"];
      const inputs = ids.map((persistenceId, i) => ({
        persistenceId,
        version: 1n,
        payload,
        shard: i % 2,
        definition: i < 3 ? { name: "d" } : null,
      }));
      const written = await store.snapshots.writeMany(inputs);
      assert.deepEqual(
        written.map(({ persistenceId, outcome }) => [persistenceId, outcome]),
        ids.map((id) => [id, "created"]),
      );
      assert.deepEqual(await idsOf(store, { limit: 2 }), ["Z", "a", "a b", "aa", "b", "é", "\u{1f600}"]);
      assert.deepEqual(await idsOf(store, { shard: 0, limit: 2 }), ["a", "a b", "aa", "b"]);
      assert.deepEqual(await idsOf(store, { shard: 1, definitionName: "d", limit: 1 }), ["Z"]);
      const count = (filter?: SnapshotFilter): Promise<number> => store.snapshots.count(filter);
      assert.deepEqual(await Promise.all([count(), count({ shard: 1 }), count({ definitionName: "d" })]), [7, 3, 3]);
      assert.equal(await count({ shard: 2, definitionName: "d" }), 0);
      const { items } = await store.snapshots.list({ shard: 0, limit: 1 });
      assert.equal("payload" in (items[0] ?? {}), false);
    },
  },
  {
    name: "who reads at once with others gets what was asked for, and all that was written before",
    async run({ store }) {
      const { snapshots } = store;
      const read = async (id: string): Promise<bigint | null> => (await snapshots.latest(id))?.version ?? null;
      for (const version of [1n, 2n, 3n]) {
        await snapshots.writeMany(["a", "b"].map((persistenceId) => ({ persistenceId, version, payload })));
        const versions = await Promise.all(["b", "x", "a", "b", "x"].map(read));
        assert.deepEqual(versions, [version, null, version, version, null]);
      }
    },
  },
  {
    name: "many are read and removed in the order given",
    async run({ store }) {
      const { snapshots } = store;
      await snapshots.writeMany(["a", "b", "c"].map((persistenceId) => ({ persistenceId, version: 2n, payload })));
      const read = await snapshots.latestMany(["c", "x", "a"]);
      assert.deepEqual(
        read.map((snapshot) => snapshot?.persistenceId),
        ["c", undefined, "a"],
      );
      assert.deepEqual(read[0]?.payload, payload);
      assert.deepEqual(await snapshots.removeMany(["c", "x", "a"]), [true, false, true]);
      assert.deepEqual(
        [await snapshots.latestMany([]), await snapshots.removeMany([]), await snapshots.writeMany([])],
        [[], [], []],
      );
      assert.deepEqual(await idsOf(store, {}), ["b"]);
    },
  },
];
