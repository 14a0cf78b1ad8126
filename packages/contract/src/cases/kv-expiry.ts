import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";
import { bytes } from "./kv-entries.ts";

const name = { prefix: "p", key: "k" };

/** What `kv` promises of entries whose time is up. */
export const kvExpiryCases: readonly ContractCase[] = [
  {
    name: "an entry whose time is up is absent for every call",
    async run({ store: { kv }, clock }) {
      await kv.set({ ...name, value: bytes("a"), ttlMs: 600_000 });
      await clock.advance(500_000);
      assert.ok(await kv.has("p", "k"));
      await clock.advance(100_001);
      assert.deepEqual([await kv.get("p", "k"), await kv.getMany([name])], [null, [null]]);
      assert.deepEqual([await kv.has("p", "k"), await kv.hasMany([name]), await kv.count("p")], [false, [false], 0]);
      assert.deepEqual((await kv.list("p")).items, []);
      assert.deepEqual((await kv.list("p", { order: "desc" })).items, []);
      assert.deepEqual([(await kv.scan("")).items, (await kv.prefixes()).items], [[], []]);
      assert.equal(await kv.remove("p", "k"), false);
    },
  },
  {
    name: "expired entries are neither counted nor in the way when many are removed",
    async run({ store: { kv }, clock }) {
      for (const remove of [() => kv.removeRange("p", { limit: 2 }), () => kv.removeUnder("p", { limit: 2 })]) {
        await kv.setMany(["a", "b", "c"].map((key) => ({ prefix: "p", key, value: null, ttlMs: 10 })));
        await clock.advance(11);
        await kv.setMany(["c", "d", "e"].map((key) => ({ prefix: "p", key, value: null })));
        assert.deepEqual([await remove(), await remove(), await remove()], [2, 1, 0]);
      }
    },
  },
  {
    name: "what is written where an entry has expired is a new one",
    async run({ store: { kv }, clock }) {
      const expired = async (): Promise<number> => {
        const { version } = await kv.set({ ...name, value: bytes("old"), ttlMs: 10 });
        await clock.advance(1000);
        return version;
      };
      const old = await expired();
      const lost = await kv.compareAndSet({ ...name, value: bytes("x"), expectedVersion: old });
      assert.deepEqual(lost, { ok: false, current: null });
      const facts = { reason: "version", entity: "entry", ...name, expected: old, actual: 0 };
      await assert.rejects(kv.set({ ...name, value: null, expectedVersion: old }), { code: "conflict", facts });
      await assert.rejects(kv.remove("p", "k", { expectedVersion: old }), { code: "conflict", facts });
      const won = await kv.compareAndSet({ ...name, value: bytes("new"), expectedVersion: 0 });
      assert.ok(won.ok && won.written.version > old);
      assert.deepEqual(won.written.createdAt, won.written.updatedAt);
      await expired();
      const set = await kv.set({ ...name, value: null });
      assert.deepEqual([set.createdAt, set.expiresAt], [set.updatedAt, null]);
      await expired();
      const expecting = await kv.set({ ...name, value: null, expectedVersion: 0 });
      assert.deepEqual(expecting.createdAt, expecting.updatedAt);
      await expired();
      const appended = await kv.append({ ...name, value: bytes("new") });
      assert.deepEqual([appended.createdAt, appended.expiresAt], [appended.updatedAt, null]);
      assert.deepEqual((await kv.require("p", "k")).value, bytes("new"));
    },
  },
  {
    name: "a set without a time to live clears the one before, and an append keeps it unless it gives another",
    async run({ store: { kv }, clock }) {
      const value = bytes("a");
      const now = (await clock.now()).getTime();
      const { expiresAt } = await kv.set({ ...name, value, ttlMs: 60_000 });
      assert.ok(expiresAt && expiresAt.getTime() >= now + 60_000 && expiresAt.getTime() < now + 120_000);
      assert.deepEqual((await kv.append({ ...name, value })).expiresAt, expiresAt);
      const later = await kv.append({ ...name, value, ttlMs: 120_000 });
      assert.ok(later.expiresAt && later.expiresAt > expiresAt);
      const swap = await kv.compareAndSet({ ...name, value, expectedVersion: later.version });
      assert.ok(swap.ok && swap.written.expiresAt === null);
      await kv.append({ ...name, value, ttlMs: 10 });
      assert.equal((await kv.set({ ...name, value })).expiresAt, null);
      await clock.advance(1000);
      assert.ok(await kv.has("p", "k"));
    },
  },
];
