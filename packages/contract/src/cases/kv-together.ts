import assert from "node:assert/strict";
import type { ContractCase } from "../case.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The promises of calls on several entries, and of other ends of entries. */
export const kvTogetherCases: readonly ContractCase[] = [
  {
    name: "a set of many that skips writes what is not there, leaves the rest, and answers each",
    async run({ store: { kv }, clock }) {
      const there = await kv.set({ prefix: "p", key: "there", value: bytes("old"), ttlMs: 60_000 });
      await kv.set({ prefix: "p", key: "expired", value: bytes("old"), ttlMs: 1000 });
      await clock.advance(1001);
      const inputs = ["new", "there", "expired", "null"].map((key) => ({
        prefix: "p",
        key,
        value: key === "null" ? null : bytes(key),
      }));
      const answers = await kv.setMany(inputs, { onConflict: "skip" });
      assert.deepEqual(
        answers.map((answer) => (answer.ok ? answer.written.key : answer.current?.value)),
        ["new", bytes("old"), "expired", "null"],
      );
      assert.deepEqual(answers[1], { ok: false, current: { ...there, value: bytes("old") } });
      assert.deepEqual((await kv.require("p", "expired")).value, bytes("expired"));
      const again = await kv.setMany(inputs, { onConflict: "skip" });
      assert.equal(
        again.some(({ ok }) => ok),
        false,
      );
      const replaced = await kv.setMany(inputs, { onConflict: "replace" });
      assert.equal(replaced[1]?.expiresAt, null);
      assert.deepEqual(await kv.setMany([], { onConflict: "skip" }), []);
    },
  },
  {
    name: "of many who skip at once, one writes each entry",
    async run({ store: { kv } }) {
      const inputs = Array.from({ length: 20 }, (_, i) => ({ prefix: "race", key: `k${i}` }));
      const writers = Array.from({ length: 8 }, async (_, writer) =>
        kv.setMany(
          inputs.map((name) => ({ ...name, value: bytes(String(writer)) })),
          { onConflict: "skip" },
        ),
      );
      const answers = await Promise.all(writers);
      for (const [i, name] of inputs.entries()) {
        const winners = answers.flatMap((each, writer) => (each[i]?.ok === true ? [writer] : []));
        assert.equal(winners.length, 1);
        assert.deepEqual((await kv.require(name.prefix, name.key)).value, bytes(String(winners[0])));
      }
    },
  },
  {
    name: "a touch gives an entry another end, and keeps its value and version",
    async run({ store: { kv }, clock }) {
      const written = await kv.set({ prefix: "p", key: "k", value: bytes("v"), ttlMs: 600_000 });
      const touched = await kv.touch("p", "k", { ttlMs: 3_600_000 });
      assert.deepEqual(touched, { ...written, expiresAt: touched?.expiresAt });
      await clock.advance(1_800_000);
      const entry = await kv.require("p", "k");
      assert.deepEqual(entry, { ...touched, value: bytes("v") });
      assert.equal((await kv.touch("p", "k"))?.expiresAt, null);
      await clock.advance(3_600_000);
      assert.equal(await kv.has("p", "k"), true);
      await kv.set({ prefix: "p", key: "gone", value: null, ttlMs: 1000 });
      await clock.advance(1001);
      const keys = ["gone", "k", "none"].map((key) => ({ prefix: "p", key }));
      const [gone, kept, none] = await kv.touchMany(keys, { ttlMs: 600_000 });
      assert.deepEqual([gone, kept?.version, none], [null, written.version, null]);
      await clock.advance(600_001);
      assert.equal(await kv.get("p", "k"), null);
      await assert.rejects(kv.touch("p", "k", { ttlMs: 0 }), { facts: { field: "ttlMs" } });
    },
  },
  {
    name: "several prefixes are listed together, each as by itself",
    async run({ store: { kv } }) {
      await kv.setMany(
        ["a", "b", "c"].flatMap((prefix) =>
          Array.from({ length: 5 }, (_, i) => ({ prefix, key: `k${i}`, value: bytes(`${prefix}${i}`) })),
        ),
      );
      const requests = [
        { prefix: "b", limit: 2 },
        { prefix: "none" },
        { prefix: "a", order: "desc" as const, lt: "k3" },
        { prefix: "b", after: "k1" },
      ];
      const pages = await kv.listMany(requests);
      assert.deepEqual(pages, await Promise.all(requests.map(({ prefix, ...request }) => kv.list(prefix, request))));
      assert.deepEqual(await kv.listMany([]), []);
      const many = Array.from({ length: 101 }, (_, i) => ({ prefix: `p${i}` }));
      await assert.rejects(kv.listMany(many), { facts: { field: "requests" } });
      await assert.rejects(kv.setMany([{ prefix: "p", key: "k", value: null }], { onConflict: "keep" as never }), {
        facts: { field: "onConflict" },
      });
      const expecting = { prefix: "p", key: "k", value: null, expectedVersion: 0 };
      await assert.rejects(kv.setMany([expecting], { onConflict: "skip" }), {
        facts: { field: "inputs[0].expectedVersion" },
      });
    },
  },
];
