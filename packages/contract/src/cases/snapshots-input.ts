import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

const fine = { persistenceId: "p", version: 1n, payload: Uint8Array.of(1) };
const payloadMax = 16 * 1024 * 1024;

const refused = (field: string): object => ({ code: "invalid_input", facts: { field } });

/** A part that makes a write wrong, by the field that is named. */
const wrongWrites: readonly (readonly [string, object])[] = [
  ["persistenceId", { persistenceId: "" }],
  ["persistenceId", { persistenceId: "é".repeat(513) }],
  ["persistenceId", { persistenceId: "a\0b" }],
  ["persistenceId", { persistenceId: "\ud800" }],
  ["persistenceId", { persistenceId: 7 }],
  ["version", { version: -1n }],
  ["version", { version: 2n ** 63n }],
  ["version", { version: 1.5 }],
  ["version", { version: 2 ** 53 }],
  ["version", { version: "1" }],
  ["version", { version: undefined }],
  ["payload", { payload: null }],
  ["payload", { payload: undefined }],
  ["payload", { payload: "text" }],
  ["payload", { payload: [1] }],
  ["payload", { payload: new ArrayBuffer(1) }],
  ["payload", { payload: new Uint16Array(1) }],
  ["payload", { payload: new Uint8Array(payloadMax + 1) }],
  ["manifest", { manifest: "" }],
  ["manifest", { manifest: "m".repeat(256) }],
  ["shard", { shard: -1 }],
  ["shard", { shard: 2 ** 53 }],
  ["shard", { shard: 1n }],
  ["timestamp", { timestamp: 2n ** 63n }],
  ["timestamp", { timestamp: new Date(Number.NaN) }],
  ["timestamp", { timestamp: "now" }],
  ["definition", { definition: "d" }],
  ["definition.name", { definition: {} }],
  ["definition.version", { definition: { name: "d", version: 0 } }],
  ["definition.hash", { definition: { name: "d", hash: "" } }],
  ["keep", { keep: 0 }],
  ["keep", { keep: 1001 }],
  ["keep", { keep: "some" }],
  ["expectedVersion", { expectedVersion: -1n }],
  ["expectedGeneration", { expectedGeneration: -1 }],
  ["expectedGeneration", { expectedGeneration: 1n }],
];

/** Bad input, and limits. */
export const snapshotInputCases: readonly ContractCase[] = [
  {
    name: "what is wrong with a write is said by the field's name, to its own caller alone",
    async run({ store }) {
      for (const [field, part] of wrongWrites) {
        const [bad, good] = await Promise.allSettled([
          store.snapshots.write({ ...fine, ...part }),
          store.snapshots.write(fine),
        ]);
        assert.deepEqual([bad.status, good.status], ["rejected", "fulfilled"], JSON.stringify(field));
        await assert.rejects(
          bad.status === "rejected" ? Promise.reject(bad.reason as Error) : Promise.resolve(),
          refused(field),
        );
      }
      await assert.rejects(store.snapshots.write(null as never), refused("input"));
    },
  },
  {
    name: "a safe number stands for a version, and limits count at their edge",
    async run({ store }) {
      const longest = `${"é".repeat(127)}x`;
      const input = {
        persistenceId: longest,
        version: 2 as never,
        payload: new Uint8Array(),
        keep: 1000,
      };
      await store.snapshots.write({
        ...input,
        manifest: "m".repeat(255),
        definition: { name: longest, version: 2 ** 31 - 1 },
      });
      assert.deepEqual((await store.snapshots.require(longest)).version, 2n);
    },
  },
  {
    name: "payloads have up to 16 MiB, and travel with others without harm",
    async run({ store }) {
      const sizes = [payloadMax, 0, 300_000, 1, 300_000, 64 * 1024, 64 * 1024 + 1];
      const payloadOf = (i: number): Uint8Array => new Uint8Array(sizes[i] ?? 0).fill(i + 1);
      await Promise.all(
        sizes.map((_, i) => store.snapshots.write({ persistenceId: `p${i}`, version: 1n, payload: payloadOf(i) })),
      );
      for (const [i] of sizes.entries()) {
        const { payload } = await store.snapshots.require(`p${i}`);
        assert.equal(Buffer.compare(payload, payloadOf(i)), 0);
      }
      const atOnce = await Promise.all(sizes.map((_, i) => store.snapshots.require(`p${i}`)));
      for (const [i, { payload }] of atOnce.entries()) assert.equal(Buffer.compare(payload, payloadOf(i)), 0);
      const largest = payloadOf(0);
      const batch = ["a", "b", "c", "d", "e"].map((persistenceId) => ({
        persistenceId,
        version: 1n,
        payload: largest,
      }));
      await assert.rejects(store.snapshots.writeMany(batch), refused("inputs"));
    },
  },
  {
    name: "what is wrong with the other calls is said by the field's name",
    async run({ store }) {
      const { snapshots } = store;
      const page = null as never;
      const wrong: readonly (readonly [string, () => Promise<unknown>])[] = [
        ["inputs[1]", () => snapshots.writeMany([fine, { ...fine, version: 2n }])],
        ["inputs", () => snapshots.writeMany(null as never)],
        ["persistenceId", () => snapshots.latest("")],
        ["persistenceId", () => snapshots.require("")],
        ["options", () => snapshots.latest("p", null as never)],
        ["migrate", () => snapshots.latest("p", { migrate: 1 as never })],
        ["persistenceIds[1]", () => snapshots.latestMany(["p", ""])],
        ["persistenceIds[1]", () => snapshots.latestMany(["p", "p"])],
        ["persistenceIds", () => snapshots.latestMany("p" as never)],
        ["version", () => snapshots.at("p", -1n)],
        ["persistenceId", () => snapshots.at("", 1n)],
        ["page", () => snapshots.versions("p", page)],
        ["limit", () => snapshots.versions("p", { limit: 0 })],
        ["after", () => snapshots.versions("p", { after: "x" })],
        ["request", () => snapshots.list(page)],
        ["limit", () => snapshots.list({ limit: 1001 })],
        ["after", () => snapshots.list({ after: "\0" })],
        ["shard", () => snapshots.list({ shard: -1 })],
        ["definitionName", () => snapshots.count({ definitionName: "" })],
        ["filter", () => snapshots.count(null as never)],
        ["pruning", () => snapshots.prune("p", null as never)],
        ["pruning", () => snapshots.prune("p", {} as never)],
        ["pruning", () => snapshots.prune("p", { keepLast: 1, olderThanVersion: 1n })],
        ["keepLast", () => snapshots.prune("p", { keepLast: 0 })],
        ["keepLast", () => snapshots.prune("p", { keepLast: 1001 })],
        ["olderThanVersion", () => snapshots.prune("p", { olderThanVersion: -1n })],
        ["persistenceId", () => snapshots.prune("", { keepLast: 1 })],
        ["persistenceId", () => snapshots.remove("")],
        ["persistenceIds[0]", () => snapshots.removeMany([""])],
      ];
      for (const [field, call] of wrong) await assert.rejects(call(), refused(field), field);
    },
  },
];
