import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

const callers = Array.from({ length: 20 }, (_, i) => i);

/** Callers at the same time. */
export const snapshotRaceCases: readonly ContractCase[] = [
  {
    name: "of many who write one version with different contents, one does",
    async run({ store }) {
      for (const version of [1n, 2n]) {
        const write = (i: number): Promise<unknown> =>
          i % 2 === 0
            ? store.snapshots.write({ persistenceId: "p", version, payload: Uint8Array.of(i), keep: "all" })
            : store.transaction((tx) =>
                tx.snapshots.write({ persistenceId: "p", version, payload: Uint8Array.of(i), keep: "all" }),
              );
        const outcomes = await Promise.allSettled(callers.map(write));
        assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
        const codes = outcomes.map(
          (outcome) => outcome.status === "rejected" && (outcome.reason as { code: string }).code,
        );
        assert.equal(codes.filter((code) => code === "conflict").length, callers.length - 1);
        const winner = outcomes.findIndex(({ status }) => status === "fulfilled");
        assert.deepEqual((await store.snapshots.require("p")).payload, Uint8Array.of(winner));
      }
      assert.equal((await store.snapshots.versions("p")).items.length, 2);
    },
  },
  {
    name: "of many who write one version with the same content, one creates and the others replay",
    async run({ store }) {
      const input = { persistenceId: "p", version: 1n, payload: Uint8Array.of(1) };
      const write = (i: number): Promise<{ outcome: string; generation: number }> =>
        i % 2 === 0 ? store.snapshots.write(input) : store.transaction((tx) => tx.snapshots.write(input));
      const written = await Promise.all(callers.map(write));
      const outcomes = written.map(({ outcome }) => outcome).sort();
      assert.deepEqual(outcomes, ["created", ...callers.slice(1).map(() => "replayed")]);
      assert.equal(new Set(written.map(({ generation }) => generation)).size, 1);
    },
  },
  {
    name: "of versions that come in any order the greatest stays, and each that was replaced is kept once",
    async run({ store }) {
      const versions = [3, 1, 4, 2, 9, 5, 6, 8, 7];
      const write = (i: number): Promise<unknown> => {
        const input = { persistenceId: "p", version: BigInt(i), payload: Uint8Array.of(i), keep: "all" as const };
        return i % 2 === 0 ? store.snapshots.write(input) : store.transaction((tx) => tx.snapshots.write(input));
      };
      const outcomes = await Promise.allSettled(versions.map(write));
      const taken = versions.filter((_, i) => outcomes[i]?.status === "fulfilled").sort((a, b) => b - a);
      const { items } = await store.snapshots.versions("p");
      assert.deepEqual(
        items.map(({ version }) => Number(version)),
        taken,
      );
      assert.equal(taken[0], 9);
    },
  },
  {
    name: "generations grow, however an id is removed and written at once",
    async run({ store }) {
      const input = { persistenceId: "p", version: 1n, payload: Uint8Array.of(1) };
      const created: number[] = [];
      const write = async (): Promise<void> => {
        const { outcome, generation } = await store.transaction((tx) => tx.snapshots.write(input));
        if (outcome === "created") created.push(generation);
      };
      for (let round = 0; round < 5; round++) {
        await Promise.all([write(), store.snapshots.remove("p"), write(), store.snapshots.remove("p"), write()]);
        const latest = await store.snapshots.latest("p");
        const newest = created.reduce((a, b) => (a > b ? a : b));
        assert.ok(latest === null || latest.generation === newest);
      }
      assert.equal(new Set(created).size, created.length);
    },
  },
  {
    name: "batches that write and remove the same ids crosswise all end",
    async run({ store }) {
      const ids = callers.map((i) => `p${i}`);
      const inputs = (
        version: bigint,
        order: readonly string[],
      ): { persistenceId: string; version: bigint; payload: Uint8Array }[] =>
        order.map((persistenceId) => ({ persistenceId, version, payload: Uint8Array.of(1) }));
      const outcomes = await Promise.allSettled([
        store.snapshots.writeMany(inputs(1n, ids)),
        store.snapshots.writeMany(inputs(2n, ids.toReversed())),
        store.snapshots.removeMany(ids.toReversed()),
        store.snapshots.writeMany(inputs(3n, ids)),
        store.snapshots.removeMany(ids),
      ]);
      const unexpected = outcomes.flatMap((outcome) =>
        outcome.status === "rejected" && (outcome.reason as { facts: { field?: string } }).facts.field !== "version"
          ? [outcome.reason as unknown]
          : [],
      );
      assert.deepEqual(unexpected, []);
    },
  },
];
