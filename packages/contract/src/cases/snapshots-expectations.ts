import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

const payloadOf = (byte: number): Uint8Array => Uint8Array.of(byte);
const facts = { reason: "version", entity: "snapshot", persistenceId: "p", field: "expectedVersion" };

/** Writes that expect a version. */
export const snapshotExpectationCases: readonly ContractCase[] = [
  {
    name: "a write that expects a version is refused at any other, and says which is stored",
    async run({ store }) {
      const { snapshots } = store;
      const write = (version: bigint, expectedVersion: bigint | null): Promise<string> =>
        snapshots
          .write({ persistenceId: "p", version, payload: payloadOf(Number(version)), expectedVersion })
          .then(({ outcome }) => outcome);
      const refused = (expected: bigint | null, actual: bigint | null) => ({
        name: "ConflictError",
        code: "conflict",
        facts: { ...facts, expected, actual },
      });
      await assert.rejects(write(1n, 0n), refused(0n, null));
      assert.equal(await snapshots.latest("p"), null);
      // 0 is a version like others, and not none.
      assert.equal(await write(0n, null), "created");
      await assert.rejects(write(1n, null), refused(null, 0n));
      assert.equal(await write(2n ** 62n, 0n), "replaced");
      await assert.rejects(write(2n ** 62n + 2n, 2n ** 62n + 1n), refused(2n ** 62n + 1n, 2n ** 62n));
      await assert.rejects(write(5n, 4n), refused(4n, 2n ** 62n));
      assert.equal((await snapshots.require("p")).version, 2n ** 62n);
      assert.equal(await write(2n ** 62n + 1n, 2n ** 62n), "replaced");
      await snapshots.remove("p");
      await assert.rejects(write(2n ** 62n + 2n, 2n ** 62n + 1n), refused(2n ** 62n + 1n, null));
      assert.equal(await write(1n, null), "created");
    },
  },
  {
    name: "the same content once more is refused at another version than is expected, and a replay at that one",
    async run({ store }) {
      const { snapshots } = store;
      const input = { persistenceId: "p", version: 2n, payload: payloadOf(2), expectedVersion: 1n };
      await snapshots.write({ ...input, version: 1n, expectedVersion: null });
      await snapshots.write(input);
      // Another writer that made the same of version 1 must not take this for its own.
      await assert.rejects(snapshots.write(input), {
        code: "conflict",
        facts: { ...facts, expected: 1n, actual: 2n },
      });
      await assert.rejects(snapshots.writeMany([input, { ...input, persistenceId: "q", expectedVersion: null }]), {
        code: "conflict",
        facts: { ...facts, expected: 1n, actual: 2n },
      });
      await assert.rejects(snapshots.write({ ...input, expectedVersion: null }), {
        code: "conflict",
        facts: { ...facts, expected: null, actual: 2n },
      });
      assert.equal((await snapshots.write({ ...input, expectedVersion: 2n })).outcome, "replayed");
      await assert.rejects(snapshots.write({ ...input, payload: payloadOf(3), expectedVersion: 2n }), {
        code: "conflict",
        facts: { ...facts, field: "payload", expected: 2n, actual: 2n },
      });
    },
  },
  {
    name: "no update is lost where all write what they made of the version that they read",
    async run({ store }) {
      const { snapshots } = store;
      await snapshots.write({ persistenceId: "p", version: 0n, payload: payloadOf(0), expectedVersion: null });
      const add = async (): Promise<void> => {
        for (;;) {
          const { version, payload } = await snapshots.require("p");
          const next = { persistenceId: "p", version: version + 1n, payload: payloadOf((payload[0] ?? 0) + 1) };
          try {
            await snapshots.write({ ...next, expectedVersion: version });
            return;
          } catch (error) {
            assert.equal((error as { code?: unknown }).code, "conflict");
          }
        }
      };
      await Promise.all(Array.from({ length: 12 }, add));
      const { version, payload } = await snapshots.require("p");
      assert.deepEqual([version, payload[0]], [12n, 12]);
    },
  },
  {
    name: "a batch expects a version of each snapshot, and writes all of them or none",
    async run({ store }) {
      const input = (persistenceId: string, version: bigint, expectedVersion?: bigint | null) => ({
        persistenceId,
        version,
        payload: payloadOf(Number(version)),
        expectedVersion,
      });
      const ids = ["p", "q", "__proto__", "free"];
      await store.transaction(async (tx) => {
        await tx.snapshots.writeMany(ids.slice(0, 2).map((id) => input(id, 1n, null)));
        const outcomes = await tx.snapshots.writeMany([
          input("p", 2n, 1n),
          input("q", 2n, 1n),
          input("__proto__", 2n, null),
          input("free", 2n),
        ]);
        assert.deepEqual(
          outcomes.map(({ outcome }) => outcome),
          ["replaced", "replaced", "created", "created"],
        );
      });
      const stale = store.snapshots.writeMany([input("free", 3n), input("p", 3n, 1n), input("q", 3n, 2n)]);
      await assert.rejects(stale, { code: "conflict", facts: { ...facts, expected: 1n, actual: 2n } });
      const missing = store.snapshots.writeMany([input("free", 3n), input("r", 3n, 1n)]);
      const absent = { ...facts, persistenceId: "r", expected: 1n, actual: null };
      await assert.rejects(missing, { code: "conflict", facts: absent });
      const latest = await store.snapshots.latestMany([...ids, "r"]);
      assert.deepEqual(
        latest.map((snapshot) => snapshot?.version),
        [2n, 2n, 2n, 2n, undefined],
      );
    },
  },
  {
    name: "of many who expect one version one writes, and each of the others learns so by itself",
    async run({ store }) {
      const { snapshots } = store;
      await snapshots.write({ persistenceId: "p", version: 1n, payload: payloadOf(1) });
      for (const [id, expectedVersion] of [
        ["p", 1n],
        ["new", null],
      ] as const) {
        const calls = Array.from({ length: 40 }, (_, i) => {
          const version = BigInt(i + 2);
          const input = { persistenceId: id, version, payload: payloadOf(i), expectedVersion };
          return i % 4 === 0 ? store.transaction((tx) => tx.snapshots.write(input)) : snapshots.write(input);
        });
        const settled = await Promise.allSettled(calls);
        const written = settled.filter((outcome) => outcome.status === "fulfilled");
        assert.equal(written.length, 1);
        const { version } = await snapshots.require(id);
        assert.equal(written[0]?.value.version, version);
        for (const outcome of settled) {
          if (outcome.status === "fulfilled") continue;
          const { code, facts: told } = outcome.reason as { code: string; facts: object };
          assert.deepEqual(
            { code, told },
            { code: "conflict", told: { ...facts, persistenceId: id, expected: expectedVersion, actual: version } },
          );
        }
      }
    },
  },
];
