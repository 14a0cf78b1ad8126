import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { ContractCase } from "../case.ts";

/** Writes versions one after the other, each with its number as its payload. */
async function writeVersions(
  store: Store,
  persistenceId: string,
  versions: readonly number[],
  keep?: number | "all",
): Promise<void> {
  for (const version of versions) {
    const payload = Uint8Array.of(version);
    await store.snapshots.write({ persistenceId, version: BigInt(version), payload, manifest: `m${version}`, keep });
  }
}

async function versionsOf(store: Store, persistenceId: string): Promise<readonly number[]> {
  const { items } = await store.snapshots.versions(persistenceId);
  return items.map(({ version }) => Number(version));
}

/** Former versions. */
export const snapshotHistoryCases: readonly ContractCase[] = [
  {
    name: "only the newest version is kept where nothing is said",
    async run({ store }) {
      await writeVersions(store, "p", [1, 2, 3]);
      assert.deepEqual(await versionsOf(store, "p"), [3]);
      assert.equal(await store.snapshots.at("p", 2n), null);
      assert.deepEqual(await store.snapshots.at("p", 3n), await store.snapshots.latest("p"));
    },
  },
  {
    name: "so many versions are kept as the write says, the newest ones",
    async run({ store }) {
      await writeVersions(store, "p", [1, 2, 4, 8], 3);
      assert.deepEqual(await versionsOf(store, "p"), [8, 4, 2]);
      await writeVersions(store, "p", [16, 17], "all");
      assert.deepEqual(await versionsOf(store, "p"), [17, 16, 8, 4, 2]);
      await writeVersions(store, "p", [20]);
      assert.deepEqual(await versionsOf(store, "p"), [20, 16, 8, 4, 2]);
      await writeVersions(store, "p", [21], 1);
      assert.deepEqual(await versionsOf(store, "p"), [21]);
    },
  },
  {
    name: "a replay and a refused write keep no version",
    async run({ store }) {
      await writeVersions(store, "p", [1, 2, 2], "all");
      await assert.rejects(writeVersions(store, "p", [1], 1), { code: "conflict" });
      assert.deepEqual(await versionsOf(store, "p"), [2, 1]);
    },
  },
  {
    name: "a former version comes back as it was written",
    async run({ store, clock }) {
      const definition = { name: "d", version: 1, hash: "h" };
      const input = {
        persistenceId: "p",
        payload: Uint8Array.of(1),
        manifest: "m",
        shard: 3,
        timestamp: 7n,
        definition,
      };
      await store.snapshots.write({ ...input, version: 1n });
      const before = await store.snapshots.require("p");
      await clock.advance(1000);
      await store.snapshots.write({ persistenceId: "p", version: 2n, payload: Uint8Array.of(2), keep: 2 });
      assert.deepEqual(await store.snapshots.at("p", 1n), before);
      const { payload, ...head } = before;
      assert.equal(payload.byteLength, 1);
      assert.deepEqual((await store.snapshots.versions("p")).items[1], head);
    },
  },
  {
    name: "versions come newest first, page by page",
    async run({ store }) {
      await writeVersions(store, "p", [0, 1, 2, 3, 4], "all");
      const pages: (readonly number[])[] = [];
      let after: string | null | undefined;
      do {
        const page = await store.snapshots.versions("p", { limit: 2, ...(after ? { after } : {}) });
        pages.push(page.items.map(({ version }) => Number(version)));
        after = page.next;
      } while (after !== null);
      assert.deepEqual(pages, [[4, 3], [2, 1], [0]]);
      assert.deepEqual(await store.snapshots.versions("unknown"), { items: [], next: null, cursors: [] });
    },
  },
  {
    name: "pruning removes former versions, never the latest",
    async run({ store }) {
      const { snapshots } = store;
      await writeVersions(store, "p", [1, 2, 3, 4, 5], "all");
      await writeVersions(store, "q", [1, 2], "all");
      assert.equal(await snapshots.prune("p", { olderThanVersion: 2n }), 1);
      assert.equal(await snapshots.prune("p", { keepLast: 3 }), 1);
      assert.deepEqual(await versionsOf(store, "p"), [5, 4, 3]);
      assert.equal(await snapshots.prune("p", { keepLast: 3 }), 0);
      assert.equal(await snapshots.prune("p", { keepLast: 1 }), 2);
      assert.equal(await snapshots.prune("q", { olderThanVersion: 9n }), 1);
      assert.equal(await snapshots.prune("unknown", { keepLast: 1 }), 0);
      assert.deepEqual([await versionsOf(store, "p"), await versionsOf(store, "q")], [[5], [2]]);
    },
  },
  {
    name: "a removed snapshot takes its former versions with it",
    async run({ store }) {
      await writeVersions(store, "p", [1, 2, 3], "all");
      await writeVersions(store, "q", [1, 2], "all");
      assert.deepEqual(await store.snapshots.removeMany(["unknown", "p"]), [false, true]);
      await writeVersions(store, "p", [2], "all");
      assert.deepEqual([await versionsOf(store, "p"), await versionsOf(store, "q")], [[2], [2, 1]]);
      assert.equal(await store.snapshots.at("p", 1n), null);
    },
  },
  {
    name: "a reader may bring what it reads to its own definition, and write it back as a newer version",
    async run({ store }) {
      const { snapshots } = store;
      await snapshots.write({
        persistenceId: "p",
        version: 1n,
        payload: Uint8Array.of(1),
        definition: { name: "d", version: 1 },
      });
      const seen: (number | null | undefined)[] = [];
      const migrate: NonNullable<Parameters<typeof snapshots.latest>[1]>["migrate"] = async ({
        definition,
        payload,
      }) => {
        seen.push(definition?.version);
        // A store's call inside shows that no connection is held meanwhile, also where there is only one.
        await snapshots.count();
        if (definition?.version === 2) return null;
        return { payload: Uint8Array.of(...payload, 2), manifest: "new", definition: { name: "d", version: 2 } };
      };
      const migrated = await snapshots.require("p", { migrate });
      const definition = { name: "d", version: 2, hash: null };
      assert.deepEqual({ ...migrated, payload: Uint8Array.of(1, 2), manifest: "new", definition }, migrated);
      assert.deepEqual((await snapshots.at("p", 1n, { migrate }))?.payload, Uint8Array.of(1, 2));
      assert.deepEqual((await snapshots.require("p")).payload, Uint8Array.of(1));
      await snapshots.write({ ...migrated, version: migrated.version + 1n });
      const [latest, absent] = await snapshots.latestMany(["p", "unknown"], { migrate });
      assert.deepEqual([latest?.version, latest?.payload, absent], [2n, Uint8Array.of(1, 2), null]);
      assert.equal(await snapshots.latest("unknown", { migrate }), null);
      assert.deepEqual(seen, [1, 1, 2]);
      const broken = snapshots.latest("p", { migrate: () => ({ payload: "text" as unknown as Uint8Array }) });
      await assert.rejects(broken, { code: "invalid_input", facts: { field: "payload" } });
    },
  },
];
