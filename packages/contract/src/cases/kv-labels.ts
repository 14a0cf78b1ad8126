import assert from "node:assert/strict";
import type { Store } from "holdfast";
import type { KvInput, KvListRequest, KvSearchRequest } from "holdfast/kv";
import type { ContractCase } from "../case.ts";

const value = Uint8Array.of(1);

/** Entries of two prefixes, with labels of each type. */
const labeled: readonly KvInput[] = [
  { prefix: "p", key: "a", value, labels: { kind: "x", size: 1, isNew: true } },
  { prefix: "p", key: "b", value, labels: { kind: "x", size: 2.5, due: "2026-01-01" } },
  { prefix: "p/q", key: "c", value: null, labels: { kind: "y", size: "2", due: "2026-02-01" } },
  { prefix: "p/q", key: "d", value, labels: {} },
  { prefix: "p/q", key: "e", value },
  { prefix: "r", key: "f", value, labels: { kind: "x" } },
];

async function keysOf({ kv }: Pick<Store, "kv">, start: string, request?: KvSearchRequest): Promise<string> {
  const keys: string[] = [];
  for await (const { key } of kv.iterateSearch(start, { limit: 2, ...request })) keys.push(key);
  assert.deepEqual(
    (await kv.search(start, request)).items.map(({ key }) => key),
    keys,
  );
  return keys.join("");
}

/** What `kv` promises of labels. */
export const kvLabelCases: readonly ContractCase[] = [
  {
    name: "a search has the labeled entries of its prefixes that pass, with their labels",
    async run({ store }) {
      await store.kv.setMany(labeled);
      const found = async (labels: KvSearchRequest["labels"], start = "p"): Promise<string> =>
        keysOf(store, start, { labels });
      assert.equal(await keysOf(store, "p"), "abcd");
      assert.equal(await keysOf(store, "p", { order: "desc" }), "dcba");
      assert.equal(await found({}), "abcd");
      assert.equal(await found({ kind: "x" }), "ab");
      assert.equal(await found({ kind: "x" }, ""), "abf");
      assert.equal(await found({ kind: "x", size: 1 }), "a");
      assert.equal(await found({ isNew: true }), "a");
      assert.equal(await found({ isNew: "true" }), "");
      assert.equal(await found({ size: { gt: 1 } }), "b");
      assert.equal(await found({ size: { gte: 1, lt: 2.5 } }), "a");
      assert.equal(await found({ size: { gte: "" } }), "c");
      assert.equal(await found({ due: { gt: "2026-01-01" } }), "c");
      assert.equal(await found({ due: { lte: "2026-02-01" }, kind: "x" }), "b");
      assert.equal(await found({ none: { gt: 0 } }), "");
      const [first] = (await store.kv.search("p")).items;
      assert.deepEqual(first?.labels, { kind: "x", size: 1, isNew: true });
      assert.deepEqual(first?.value, value);
    },
  },
  {
    name: "a list and a count of one prefix filter by labels within a range of keys",
    async run({ store: { kv } }) {
      const keys = ["a", "b", "c", "d", "e", "f"];
      const entries = keys.map((key, i) => ({ prefix: "p", key, value, labels: { even: i % 2 === 0, i } }));
      const others = ["p/q", "o"].map((prefix) => ({ prefix, key: "c", value, labels: { even: true, i: 2 } }));
      await kv.setMany([...entries, ...others, { prefix: "p", key: "g", value }]);
      const found = async (request: KvListRequest): Promise<string> => {
        const each: string[] = [];
        for await (const { key } of kv.iterate("p", { limit: 2, ...request })) each.push(key);
        const { order: _, ...filter } = request;
        assert.equal(await kv.count("p", filter), each.length);
        const [page] = await kv.listMany([{ prefix: "p", ...request }]);
        assert.deepEqual(
          page?.items.map(({ key }) => key),
          each,
        );
        return each.join("");
      };
      assert.equal(await found({}), "abcdefg");
      assert.equal(await found({ labels: {} }), "abcdefg");
      assert.equal(await found({ gt: "b", lte: "e" }), "cde");
      assert.equal(await found({ labels: { even: true } }), "ace");
      assert.equal(await found({ labels: { even: true }, order: "desc" }), "eca");
      assert.equal(await found({ labels: { even: true }, gt: "a" }), "ce");
      assert.equal(await found({ labels: { even: true }, lt: "e", order: "desc" }), "ca");
      assert.equal(await found({ labels: { i: { gte: 1, lt: 5 } }, gte: "c", lte: "e" }), "cde");
      assert.equal(await found({ labels: { even: true, i: { gt: 0 } }, lte: "c" }), "c");
      assert.equal(await found({ labels: { none: 1 } }), "");
      assert.deepEqual((await kv.list("p", { labels: { i: 1 } })).items, [await kv.require("p", "b")]);
    },
  },
  {
    name: "a write replaces the labels of an entry, and what is no write keeps them",
    async run({ store, clock }) {
      const { kv } = store;
      const set = { prefix: "p", key: "a", value, labels: { kind: "x" } };
      const kinds = async (): Promise<readonly unknown[]> =>
        (await kv.search("p")).items.map(({ labels }) => labels["kind"]);
      await kv.set({ ...set, ttlMs: 10_000 });
      await kv.append({ prefix: "p", key: "a", value });
      await kv.touch("p", "a", { ttlMs: 20_000 });
      assert.deepEqual(await kinds(), ["x"]);
      await clock.advance(20_000);
      assert.deepEqual(await kinds(), []);
      await kv.append({ prefix: "p", key: "a", value });
      assert.deepEqual(await kinds(), []);
      await kv.set(set);
      const { version } = await kv.require("p", "a");
      const swap = await kv.compareAndSet({ ...set, labels: { kind: "y" }, expectedVersion: version });
      assert.deepEqual([swap.ok, await kinds()], [true, ["y"]]);
      await kv.setMany([set, { ...set, key: "b" }], { onConflict: "skip" });
      assert.deepEqual(await kinds(), ["y", "x"]);
      await kv.setMany([set, { prefix: "p", key: "b", value }]);
      assert.deepEqual(await kinds(), ["x"]);
      await kv.set({ prefix: "p", key: "a", value });
      assert.deepEqual(await kinds(), []);
      await Promise.all([kv.set(set), kv.set({ ...set, key: "b" }), kv.set({ prefix: "p", key: "c", value })]);
      assert.deepEqual(await kinds(), ["x", "x"]);
      await kv.removeMany([{ prefix: "p", key: "a" }]);
      assert.deepEqual(await kinds(), ["x"]);
    },
  },
  {
    name: "labels that are none, and conditions that are none, are refused by name",
    async run({ store: { kv } }) {
      const field = async (call: Promise<unknown>): Promise<unknown> => {
        const error = await call.then(
          () => null,
          (reason: unknown) => reason as { readonly facts?: { readonly field?: unknown } },
        );
        return error?.facts?.field;
      };
      const entry = { prefix: "p", key: "a", value };
      const bad = { a: [1] } as unknown as { a: number };
      assert.equal(await field(kv.set({ ...entry, labels: bad })), "labels.a");
      assert.equal(await field(kv.setMany([{ ...entry, labels: { a: "\0" } }])), "inputs[0].labels.a");
      assert.equal(await field(kv.search("p", { labels: { a: {} } })), "labels.a");
      assert.equal(await field(kv.search("p", { labels: { a: { gt: 1, gte: 1 } } })), "labels.a");
      assert.equal(await field(kv.search("p", { label: {} } as object)), "label");
      assert.equal(await field(kv.list("p", { labels: { a: {} } })), "labels.a");
      assert.equal(await field(kv.count("p", { labels: { a: {} } })), "labels.a");
      assert.equal(await field(kv.count("p", { limit: 1 } as object)), "limit");
      assert.equal(await kv.get("p", "a"), null);
    },
  },
];
