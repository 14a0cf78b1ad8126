import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { ContractCase } from "../case.ts";
import { assertNothingLeft } from "./blobs-uploads.ts";

/** A stream that gives bytes, then nothing until the test goes on. */
function paused(): {
  readonly started: Promise<void>;
  readonly finish: () => void;
  readonly source: AsyncIterable<Uint8Array>;
} {
  let finish = (): void => undefined;
  let start = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const started = new Promise<void>((resolve) => (start = resolve));
  const source = (async function* pausing() {
    yield randomBytes(1000);
    start();
    await finished;
    yield randomBytes(1000);
  })();
  return { started, finish, source };
}

const nothing = { expired: 0, unused: 0, strays: 0, unfinished: 0, missing: [], next: null };

/** What nobody needs any more. */
export const blobsSweepCases: readonly ContractCase[] = [
  {
    name: "an upload under way is left alone, and one without a sign of life is given up",
    async run({ store: { blobs }, clock }) {
      const { started, finish, source } = paused();
      const uploading = blobs.upload("b", source);
      await started;
      assert.deepEqual((await blobs.sweep({ olderThanMs: 0 })).unused, 0);
      await clock.advance(600_000);
      assert.deepEqual((await blobs.sweep({ olderThanMs: 301_000 })).unused, 0);
      assert.deepEqual((await blobs.sweep({ olderThanMs: 0 })).unused, 1);
      finish();
      await assert.rejects(uploading, { code: "lease_lost" });
      assert.equal(await blobs.exists("b"), false);
      const { unused, strays } = await blobs.sweep({ olderThanMs: 0 });
      assert.deepEqual([unused, strays], [0, 0]);
    },
  },
  {
    name: "a late upload that no sweep has given up is stored",
    async run({ store: { blobs }, clock }) {
      const { started, finish, source } = paused();
      const uploading = blobs.upload("b", source);
      await started;
      await clock.advance(600_000);
      finish();
      assert.equal((await uploading).size, 2000);
      assert.equal((await blobs.bytes("b")).byteLength, 2000);
    },
  },
  {
    name: "contents that were replaced or removed stay for those who read them, and then go",
    async run({ store, clock }) {
      const { blobs } = store;
      await blobs.upload("b", "1");
      await blobs.upload("b", "2");
      await blobs.upload("c", "3");
      await blobs.remove("c");
      assert.deepEqual(await blobs.sweep(), nothing);
      await clock.advance(3_600_001);
      assert.equal((await blobs.sweep({ limit: 1 })).unused, 1);
      assert.deepEqual(await blobs.sweep(), { ...nothing, unused: 1 });
      assert.deepEqual(await blobs.sweep(), nothing);
      assert.equal(await blobs.text("b"), "2");
    },
  },
  {
    name: "expired blobs go with the sweep, at most limit of them, the longest expired first",
    async run({ store, clock }) {
      const { blobs } = store;
      for (const [i, key] of ["a", "b", "c"].entries()) await blobs.upload(key, key, { ttlMs: 1000 * (i + 1) });
      await blobs.upload("kept", "x", { ttlMs: 60_000 });
      await clock.advance(3001);
      assert.equal((await blobs.sweep({ limit: 2 })).expired, 2);
      assert.deepEqual(await blobs.sweep({ olderThanMs: 0 }), { ...nothing, expired: 1, unused: 3 });
      assert.equal(await blobs.text("kept"), "x");
      await assertNothingLeft(store);
    },
  },
  {
    name: "sweeps at the same time remove everything once, and nothing that is needed",
    async run({ store }) {
      const { blobs } = store;
      for (let i = 0; i < 10; i++) await blobs.upload(`b${i % 2}`, `${i}`);
      const uploads = Array.from({ length: 5 }, (_, i) => blobs.upload(`n${i}`, `${i}`));
      const sweeps = await Promise.all(Array.from({ length: 4 }, () => blobs.sweep({ olderThanMs: 0 })));
      await Promise.all(uploads);
      assert.equal(
        sweeps.reduce((sum, { unused }) => sum + unused, 0),
        8,
      );
      assert.deepEqual(
        sweeps.flatMap(({ missing }) => missing),
        [],
      );
      for (let i = 0; i < 5; i++) assert.equal(await blobs.text(`n${i}`), `${i}`);
      assert.deepEqual([await blobs.text("b0"), await blobs.text("b1")], ["8", "9"]);
      await assertNothingLeft(store);
    },
  },
];
