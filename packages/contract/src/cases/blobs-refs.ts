import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import { isBlobRef } from "holdfast/blobs";
import type { ContractCase } from "../case.ts";

/** Blobs as values, and values as blobs. */
export const blobsRefCases: readonly ContractCase[] = [
  {
    name: "a reference survives in a state, and leads to the key's bytes",
    async run({ store }) {
      const { blobs } = store;
      const blob = await blobs.upload("b", "one");
      await store.executions.create({
        id: "e",
        state: { loose: blobs.ref("b"), exact: blobs.ref(blob), other: { $blob: 1 } },
      });
      const { state } = await store.executions.require("e");
      const { loose, exact, other } = state as Record<string, unknown>;
      assert.ok(isBlobRef(loose) && isBlobRef(exact));
      assert.ok([other, null, "b", { $blob: "b", more: 1 }, ["b"]].every((value) => !isBlobRef(value)));
      assert.deepEqual([loose, exact], [{ $blob: "b" }, { $blob: "b", sha256: blob.sha256 }]);
      const read = async (ref: typeof loose): Promise<string> =>
        (await buffer((await blobs.resolve(ref)).body)).toString();
      assert.deepEqual([await read(loose), await read(exact)], ["one", "one"]);
      const { sha256 } = await blobs.upload("b", "two");
      assert.equal(await read(loose), "two");
      const facts = { reason: "version", entity: "blob", key: "b", expected: blob.sha256, actual: sha256 };
      await assert.rejects(blobs.resolve(exact), { code: "conflict", facts });
      await blobs.remove("b");
      await assert.rejects(blobs.resolve(loose), { code: "not_found" });
    },
  },
  {
    name: "a value above the threshold is spilled and comes back, and a smaller one stays",
    async run({ store }) {
      const { blobs } = store;
      // As JSON, ten characters are twelve bytes.
      const value = "0123456789";
      assert.equal(await blobs.spill(value, { aboveBytes: 12 }), value);
      const spilled = await blobs.spill(value, { aboveBytes: 11 });
      assert.ok(isBlobRef(spilled));
      assert.equal(await blobs.unspill(spilled), value);
      for (const each of [null, 0, "é".repeat(5000), { deep: [{ a: "\0\ud800" }] }, [spilled]]) {
        assert.deepEqual(await blobs.unspill(await blobs.spill(each, { aboveBytes: 0 })), each);
        assert.deepEqual(await blobs.unspill(await blobs.spill(each, { aboveBytes: 1_000_000 })), each);
      }
      const again = await store.transaction((tx) => tx.blobs.spill(value, { aboveBytes: 0 }));
      assert.deepEqual(again, spilled);
    },
  },
  {
    name: "a value that looks like a reference is not taken for one",
    async run({ store: { blobs } }) {
      await blobs.upload("secret", '"of somebody else"');
      for (const forged of [{ $blob: "secret", spilled: true }, { $blob: "secret" }]) {
        const value = await blobs.spill(forged, { aboveBytes: 1_000_000 });
        assert.deepEqual(await blobs.unspill(value), forged);
      }
      assert.deepEqual(await blobs.unspill(blobs.ref("secret")), { $blob: "secret" });
    },
  },
];
