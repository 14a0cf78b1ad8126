import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
const versionMax = 2n ** 63n - 1n;

/** Versions and generations. */
export const snapshotWriteCases: readonly ContractCase[] = [
  {
    name: "a snapshot comes back as it was written, and absence is null",
    async run({ store, clock }) {
      const { snapshots } = store;
      assert.equal(await snapshots.latest("account-1"), null);
      await assert.rejects(snapshots.require("account-1"), {
        code: "not_found",
        facts: { entity: "snapshot", persistenceId: "account-1" },
      });
      const payload = Uint8Array.from({ length: 256 }, (_, i) => i);
      const input = {
        persistenceId: "account-1",
        version: 3n,
        payload,
        manifest: "billing.Account",
        shard: 7,
        timestamp: 1_700_000_000_123_456_789n,
        definition: { name: "account", version: 2, hash: "sha-1" },
      };
      const { generation, ...written } = await snapshots.write(input);
      assert.deepEqual(written, { persistenceId: "account-1", version: 3n, outcome: "created" });
      const first = await snapshots.require("account-1");
      assert.deepEqual({ ...input, generation, createdAt: first.createdAt, updatedAt: first.createdAt }, first);
      await clock.advance(1000);
      const replaced = await snapshots.write({ persistenceId: "account-1", version: 4n, payload: new Uint8Array() });
      assert.deepEqual(replaced, { persistenceId: "account-1", version: 4n, outcome: "replaced", generation });
      const second = await snapshots.require("account-1");
      const { createdAt, updatedAt, ...rest } = second;
      const none = { manifest: null, shard: 0, timestamp: null, definition: null };
      assert.deepEqual(rest, { persistenceId: "account-1", version: 4n, generation, payload: bytes(), ...none });
      assert.ok(createdAt.getTime() === first.createdAt.getTime() && updatedAt > first.updatedAt);
    },
  },
  {
    name: "what is written and what is read are copies",
    async run({ store }) {
      const payload = bytes(1, 2, 3);
      const writing = store.snapshots.write({ persistenceId: "p", version: 1n, payload });
      payload.fill(9);
      await writing;
      const read = await store.snapshots.require("p");
      assert.deepEqual(read.payload, bytes(1, 2, 3));
      read.payload.fill(9);
      assert.deepEqual((await store.snapshots.require("p")).payload, bytes(1, 2, 3));
      const whole = Buffer.from("a buffer");
      await store.snapshots.write({ persistenceId: "b", version: 0n, payload: whole.subarray(2) });
      assert.equal(Buffer.from((await store.snapshots.require("b")).payload).toString(), "buffer");
    },
  },
  {
    name: "the same version with the same content is replayed, and changes nothing",
    async run({ store, clock }) {
      const input = { persistenceId: "p", version: 5n, payload: bytes(1), manifest: "m", shard: 1, timestamp: 10n };
      const created = await store.snapshots.write(input);
      const before = await store.snapshots.require("p");
      await clock.advance(1000);
      const replayed = await store.snapshots.write({ ...input, timestamp: 11n });
      assert.deepEqual(replayed, { ...created, outcome: "replayed" });
      assert.deepEqual(await store.snapshots.require("p"), before);
    },
  },
  {
    name: "an older version, and the same with another content, is a conflict that tells both versions and changes nothing",
    async run({ store }) {
      const { snapshots } = store;
      const definition = { name: "d", version: 1, hash: "h" };
      const input = { persistenceId: "p", version: 5n, payload: bytes(1), manifest: "m", shard: 1, definition };
      await snapshots.write(input);
      const before = await snapshots.require("p");
      const facts = { reason: "version", entity: "snapshot", persistenceId: "p", expected: 5n, actual: 5n };
      const conflict = (field: string): object => ({ code: "conflict", retryable: false, facts: { ...facts, field } });
      const older = { ...facts, field: "version", expected: 4n };
      await assert.rejects(snapshots.write({ ...input, version: 4n }), { code: "conflict", facts: older });
      await assert.rejects(snapshots.write({ ...input, payload: bytes(2) }), conflict("payload"));
      const others = [
        ["manifest", { manifest: "n" }],
        ["manifest", { manifest: null }],
        ["shard", { shard: 2 }],
        ["definition", { definition: null }],
        ["definition", { definition: { ...definition, name: "e" } }],
        ["definition", { definition: { ...definition, version: 2 } }],
        ["definition", { definition: { ...definition, hash: null } }],
      ] as const;
      for (const [field, other] of others) {
        await assert.rejects(snapshots.write({ ...input, ...other }), conflict(field));
      }
      const batch = [
        { persistenceId: "q", version: 1n, payload: bytes() },
        { ...input, version: 0n },
      ];
      await assert.rejects(snapshots.writeMany(batch), { code: "conflict" });
      assert.deepEqual(await snapshots.require("p"), before);
      assert.equal(await snapshots.latest("q"), null);
    },
  },
  {
    name: "versions go from 0 to 2^63 - 1, and shards to 2^53 - 1",
    async run({ store }) {
      const { snapshots } = store;
      await snapshots.write({ persistenceId: "p", version: 0n, payload: bytes(), shard: Number.MAX_SAFE_INTEGER });
      assert.equal(
        (await snapshots.write({ persistenceId: "p", version: versionMax, payload: bytes(1) })).outcome,
        "replaced",
      );
      assert.equal((await snapshots.require("p")).version, versionMax);
      assert.deepEqual(
        (await snapshots.versions("p")).items.map(({ version }) => version),
        [versionMax],
      );
      const timestamps = [-(2n ** 63n), versionMax];
      for (const [i, timestamp] of timestamps.entries()) {
        await snapshots.write({
          persistenceId: "t",
          version: BigInt(i),
          payload: bytes(),
          timestamp,
          shard: Number.MAX_SAFE_INTEGER,
        });
        assert.equal((await snapshots.require("t")).timestamp, timestamp);
      }
      assert.equal(await snapshots.count({ shard: Number.MAX_SAFE_INTEGER }), 1);
      const date = new Date("2026-11-21T10:00:00.123Z");
      await snapshots.write({ persistenceId: "d", version: 1n, payload: bytes(), timestamp: date });
      assert.equal((await snapshots.require("d")).timestamp, BigInt(date.getTime()));
      const past = snapshots.write({ persistenceId: "p", version: 2n ** 63n, payload: bytes() });
      await assert.rejects(past, { code: "invalid_input", facts: { field: "version" } });
    },
  },
  {
    name: "an id that is removed and written anew has a later generation, and refuses who expects the former",
    async run({ store }) {
      const { snapshots } = store;
      const input = { persistenceId: "p", payload: bytes(1) };
      const facts = { reason: "generation", entity: "snapshot", persistenceId: "p", field: "expectedGeneration" };
      const first = await snapshots.write({ ...input, version: 9n, expectedGeneration: 0 });
      assert.equal(
        (await snapshots.write({ ...input, version: 10n, expectedGeneration: first.generation })).outcome,
        "replaced",
      );
      const again = snapshots.write({ ...input, version: 11n, expectedGeneration: 0 });
      await assert.rejects(again, { code: "conflict", facts: { ...facts, expected: 0, actual: first.generation } });
      assert.equal(await snapshots.remove("p"), true);
      const orphan = snapshots.write({ ...input, version: 11n, expectedGeneration: first.generation });
      await assert.rejects(orphan, { code: "conflict", facts: { ...facts, expected: first.generation, actual: 0 } });
      assert.equal(await snapshots.latest("p"), null);
      const second = await snapshots.write({ ...input, version: 1n });
      assert.ok(second.outcome === "created" && second.generation > first.generation);
      for (const version of [1n, 11n]) {
        const stale = snapshots.write({ ...input, version, expectedGeneration: first.generation });
        const actual = second.generation;
        await assert.rejects(stale, { code: "conflict", facts: { ...facts, expected: first.generation, actual } });
      }
      assert.equal((await snapshots.require("p")).version, 1n);
    },
  },
  {
    name: "a transaction sees what it wrote, and undoes it",
    async run({ store }) {
      const input = { persistenceId: "p", version: 1n, payload: bytes(1) };
      const undone = store.transaction(async (tx) => {
        const { generation } = await tx.snapshots.write({ ...input, keep: 2 });
        await tx.snapshots.write({ ...input, version: 2n, keep: 2, expectedGeneration: generation });
        const versions = (await tx.snapshots.versions("p")).items.map(({ version }) => version);
        assert.deepEqual([versions, (await tx.snapshots.at("p", 1n))?.generation], [[2n, 1n], generation]);
        const inner = tx.transaction((nested) => nested.snapshots.write({ ...input, version: 1n }));
        await assert.rejects(inner, { code: "conflict" });
        assert.equal(await tx.snapshots.remove("p"), true);
        assert.ok((await tx.snapshots.write(input)).generation > generation);
        throw new Error("undone");
      });
      await assert.rejects(undone, { message: "undone" });
      assert.equal(await store.snapshots.latest("p"), null);
    },
  },
];
