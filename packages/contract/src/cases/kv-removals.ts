import assert from "node:assert/strict";
import type { Kv } from "holdfast/kv";
import type { ContractCase } from "../case.ts";

async function fill(kv: Kv, prefix: string, keys: readonly string[]): Promise<void> {
  await kv.setMany(keys.map((key) => ({ prefix, key, value: null })));
}

/** What `kv` promises of removals of many entries. */
export const kvRemovalCases: readonly ContractCase[] = [
  {
    name: "a removal takes exactly the range of its prefix, or so many of it",
    async run({ store: { kv } }) {
      await fill(kv, "p", ["a", "b", "c", "d", "e"]);
      await fill(kv, "p/", ["b"]);
      assert.equal(await kv.removeRange("p", { gt: "a", lte: "c" }), 2);
      assert.equal(await kv.removeRange("p", { limit: 1 }), 1);
      assert.deepEqual(
        (await kv.list("p")).items.map(({ key }) => key),
        ["d", "e"],
      );
      assert.deepEqual([await kv.removeRange("p"), await kv.removeRange("p"), await kv.count("p/")], [2, 0, 1]);
    },
  },
  {
    name: "a removal under a text takes the prefixes that start with it and no others",
    async run({ store: { kv } }) {
      for (const prefix of ["a", "a/b", "a/b/c", "a_b", "a%b", "b"]) await fill(kv, prefix, ["k", "l"]);
      assert.equal(await kv.removeUnder("a_"), 2);
      assert.equal(await kv.removeUnder("a%"), 2);
      assert.equal(await kv.removeUnder("a/"), 4);
      assert.deepEqual((await kv.prefixes()).items, ["a", "b"]);
    },
  },
  {
    name: "a removal of thousands goes on where a former one stopped, to the end",
    async run({ store: { kv } }) {
      const keys = Array.from({ length: 2500 }, (_, i) => String(i));
      await fill(kv, "a/b", keys);
      assert.equal(await kv.removeUnder("a/", { limit: 1001 }), 1001);
      assert.equal(await kv.removeUnder("a/"), 1499);
      await fill(kv, "p", keys);
      assert.equal(await kv.removeRange("p"), 2500);
      assert.deepEqual((await kv.prefixes()).items, []);
    },
  },
];
