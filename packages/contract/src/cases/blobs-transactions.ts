import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Transaction } from "holdfast";
import type { ContractCase } from "../case.ts";
import { assertNothingLeft } from "./blobs-uploads.ts";

const failure = new Error("rolled back");

/** Uploads, and goes on while the transaction can still fail. */
async function uploadAndFail(tx: Transaction): Promise<never> {
  const bytes = randomBytes(100_000);
  await tx.blobs.upload("new", bytes);
  assert.deepEqual(Buffer.from(await tx.blobs.bytes("new")), bytes);
  await tx.blobs.upload("old", "changed");
  await tx.blobs.remove("other");
  assert.deepEqual(
    (await tx.blobs.list()).items.map(({ key }) => key),
    ["new", "old"],
  );
  throw failure;
}

/** Blobs in transactions. */
export const blobsTransactionCases: readonly ContractCase[] = [
  {
    name: "blobs are committed with their transaction, together with everything else",
    async run({ store }) {
      const ref = await store.transaction(async (tx) => {
        await tx.executions.create({ id: "e" });
        const blob = await tx.blobs.upload("b", "bytes");
        assert.equal(await tx.blobs.text("b"), "bytes");
        await tx.components.save({ executionId: "e", component: "c", state: tx.blobs.ref(blob) });
        return tx.blobs.ref(blob);
      });
      assert.deepEqual((await store.components.require("e", "c")).state, ref);
      assert.equal(await store.blobs.text("b"), "bytes");
      await assertNothingLeft(store);
    },
  },
  {
    name: "after a rollback nothing has happened, and what bytes are left are swept",
    async run({ store }) {
      const { blobs } = store;
      await blobs.upload("old", "old");
      await blobs.upload("other", "other");
      await assert.rejects(store.transaction(uploadAndFail), (error) => error === failure);
      await store.transaction(async (tx) => {
        await assert.rejects(tx.transaction(uploadAndFail), (error) => error === failure);
        assert.equal(await tx.blobs.text("old"), "old");
      });
      assert.deepEqual(
        [await blobs.text("old"), await blobs.text("other"), await blobs.exists("new")],
        ["old", "other", false],
      );
      const { strays, ...others } = await blobs.sweep({ olderThanMs: 0 });
      // Where PostgreSQL keeps the bytes, they were rolled back with the rest.
      assert.ok(strays === 0 || strays === 4);
      assert.deepEqual(others, { expired: 0, unused: 0, unfinished: 0, missing: [], next: null });
      await assertNothingLeft(store);
      assert.equal(await blobs.text("old"), "old");
    },
  },
  {
    name: "a source that fails in a transaction fails the upload alone",
    async run({ store }) {
      await store.transaction(async (tx) => {
        const broken = async function* broken(): AsyncGenerator<Uint8Array> {
          yield randomBytes(10);
          throw failure;
        };
        await assert.rejects(tx.blobs.upload("b", broken()), (error) => error === failure);
        await tx.blobs.upload("b", "good");
      });
      assert.equal(await store.blobs.text("b"), "good");
      await assertNothingLeft(store);
    },
  },
  {
    name: "a sweep is refused inside a transaction",
    async run({ store }) {
      const refused = { code: "invalid_input", facts: { field: "sweep" } };
      await assert.rejects(
        store.transaction((tx) => tx.blobs.sweep()),
        refused,
      );
    },
  },
];
