import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import type { Store } from "holdfast";
import type { ContractCase } from "../case.ts";

const mebibyte = 1024 * 1024;

/** How blobs come to be. */
export const blobsUploadCases: readonly ContractCase[] = [
  {
    name: "what was uploaded is what is read, from every kind of source",
    async run({ store: { blobs } }) {
      const bytes = randomBytes(300_000);
      const pieces = [bytes.subarray(0, 1), bytes.subarray(1, 1), bytes.subarray(1, 200_000), bytes.subarray(200_000)];
      const sources = {
        bytes,
        view: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
        array: pieces,
        generator: (async function* generate() {
          for (const piece of pieces) yield piece;
        })(),
        readable: Readable.from(pieces, { objectMode: false }),
        web: ReadableStream.from(pieces) as ReadableStream<Uint8Array>,
      };
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      for (const [key, source] of Object.entries(sources)) {
        const blob = await blobs.upload(key, source);
        assert.deepEqual([blob.key, blob.size, blob.sha256, blob.outcome], [key, bytes.length, sha256, "stored"]);
        assert.deepEqual(Buffer.from(await blobs.bytes(key)), bytes, key);
      }
      await blobs.upload("text", "a\0é😀");
      assert.equal(await blobs.text("text"), "a\0é😀");
    },
  },
  {
    name: "bytes of every length come back, at the edges of what is kept in one piece too",
    async run({ store: { blobs } }) {
      const bytes = randomBytes(mebibyte + 1);
      for (const size of [0, 1, mebibyte - 1, mebibyte, mebibyte + 1]) {
        const part = bytes.subarray(0, size);
        assert.equal((await blobs.upload("b", part, { size })).size, size);
        assert.deepEqual(Buffer.from(await blobs.bytes("b")), part, `${size} bytes`);
      }
    },
  },
  {
    name: "what is known of a blob is what was said with its upload",
    async run({ store, clock }) {
      const { blobs } = store;
      const metadata = { name: "\0\ud800", list: [null] };
      const { outcome, ...blob } = await blobs.upload("b", "one", {
        contentType: "text/plain; charset=utf-8",
        metadata,
      });
      assert.equal(outcome, "stored");
      assert.deepEqual(
        [blob.contentType, blob.metadata, blob.expiresAt],
        ["text/plain; charset=utf-8", metadata, null],
      );
      assert.deepEqual(await blobs.stat("b"), blob);
      assert.deepEqual(await blobs.require("b"), blob);
      await clock.advance(1000);
      const replaced = await blobs.upload("b", "two", { metadata: null });
      assert.deepEqual([replaced.contentType, replaced.metadata], ["application/octet-stream", null]);
      assert.deepEqual(replaced.createdAt, blob.createdAt);
      assert.ok(replaced.updatedAt > blob.updatedAt);
      assert.equal((await blobs.upload("c", "")).metadata, undefined);
    },
  },
  {
    name: "a key keeps what it has until all of the new bytes are there, and where they fail",
    async run({ store }) {
      const { blobs } = store;
      await blobs.upload("b", "old");
      const failure = new Error("the disk it came from is broken");
      const broken = async function* broken(): AsyncGenerator<Uint8Array> {
        yield randomBytes(2 * mebibyte);
        assert.equal(await blobs.text("b"), "old");
        throw failure;
      };
      await assert.rejects(blobs.upload("b", broken()), (error) => error === failure);
      assert.equal(await blobs.text("b"), "old");
      await assertNothingLeft(store);
    },
  },
  {
    name: "bytes that are not what was expected are refused, and nothing of them is left",
    async run({ store }) {
      const { blobs } = store;
      const bytes = randomBytes(1000);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const facts = (field: string, expected: unknown, actual: unknown): object => ({
        code: "invalid_input",
        facts: { field, expected, actual },
      });
      const other = "0".repeat(64);
      await assert.rejects(blobs.upload("b", bytes, { sha256: other }), facts("sha256", other, sha256));
      await assert.rejects(blobs.upload("b", bytes, { size: 1001 }), facts("size", 1001, 1000));
      await assert.rejects(blobs.upload("b", bytes, { size: 999 }), facts("size", 999, "at least 1000"));
      assert.equal(await blobs.exists("b"), false);
      await assertNothingLeft(store);
      assert.equal((await blobs.upload("b", bytes, { sha256: sha256.toUpperCase(), size: 1000 })).sha256, sha256);
    },
  },
  {
    name: "an upload ends at its signal, also while its stream is silent, and leaves nothing",
    async run({ store }) {
      const { blobs } = store;
      const controller = new AbortController();
      const reason = new Error("enough");
      const silent = async function* silent(): AsyncGenerator<Uint8Array> {
        yield randomBytes(10);
        setImmediate(() => controller.abort(reason));
        await new Promise(() => undefined);
      };
      const uploading = blobs.upload("b", silent(), { signal: controller.signal });
      await assert.rejects(uploading, (error) => error === reason);
      const before = blobs.upload("b", "x", { signal: controller.signal });
      await assert.rejects(before, (error) => error === reason);
      const hasty = store.with({ timeoutMs: 200 }).blobs.upload("b", endless());
      await assert.rejects(hasty, {
        code: "unavailable",
        facts: { field: "timeoutMs", timeoutMs: 200, outcome: "rolled back" },
      });
      await assertNothingLeft(store);
      assert.equal(await blobs.exists("b"), false);
    },
  },
  {
    name: "a stream that was not read to its end is closed",
    async run({ store: { blobs } }) {
      const readable = Readable.from([randomBytes(10), randomBytes(10)]);
      await assert.rejects(blobs.upload("b", readable, { size: 5 }), { code: "invalid_input" });
      assert.ok(readable.destroyed);
    },
  },
  {
    name: "a stream whose upload is given up before it was read, or while it is silent, is closed",
    async run({ store }) {
      const { blobs } = store;
      const aborted = AbortSignal.abort();
      const unread = [Readable.from(["never read"]), Readable.from(["never read"])] as const;
      await assert.rejects(blobs.upload("b", unread[0], { signal: aborted }), { name: "AbortError" });
      await assert.rejects(store.with({ signal: aborted }).blobs.upload("b", unread[1]), { name: "AbortError" });
      const silent = new Readable({ read: () => undefined });
      await assert.rejects(blobs.upload("b", silent, { signal: AbortSignal.timeout(20) }), { name: "TimeoutError" });
      const canceled: string[] = [];
      const controller = new AbortController();
      const web = (name: string): ReadableStream<Uint8Array> =>
        new ReadableStream(
          { pull: () => void setImmediate(() => controller.abort()), cancel: () => void canceled.push(name) },
          { highWaterMark: 0 },
        );
      await assert.rejects(blobs.upload("b", web("unread"), { signal: aborted }), { name: "AbortError" });
      await assert.rejects(blobs.upload("b", web("silent"), { signal: controller.signal }), { name: "AbortError" });
      assert.deepEqual(
        [...unread, silent].map(({ destroyed }) => destroyed),
        [true, true, true],
      );
      assert.deepEqual(canceled, ["unread", "silent"]);
    },
  },
  {
    name: "of many uploads of one key one is kept whole, and nothing of the others is left",
    async run({ store }) {
      const { blobs } = store;
      const uploads = Array.from({ length: 12 }, (_, i) => blobs.upload("b", Buffer.alloc(100_000, i)));
      const uploaded = await Promise.all(uploads);
      const last = await blobs.require("b");
      assert.ok(uploaded.some(({ sha256 }) => sha256 === last.sha256));
      const bytes = await blobs.bytes("b");
      assert.equal(createHash("sha256").update(bytes).digest("hex"), last.sha256);
      assert.equal((await blobs.sweep({ olderThanMs: 0 })).unused, 11);
      await assertNothingLeft(store);
      assert.deepEqual(await blobs.bytes("b"), bytes);
    },
  },
  {
    name: "with ifAbsent one of many uploads is stored, and the others are told of it",
    async run({ store, clock }) {
      const { blobs } = store;
      const uploads = Array.from({ length: 8 }, (_, i) => blobs.upload("b", `${i}`, { ifAbsent: true, ttlMs: 60_000 }));
      const outcomes = await Promise.all(uploads);
      const stored = outcomes.filter(({ outcome }) => outcome === "stored");
      assert.equal(stored.length, 1);
      assert.deepEqual([...new Set(outcomes.map(({ sha256 }) => sha256))], [stored[0]?.sha256]);
      const readable = Readable.from(["never read"]);
      assert.equal((await blobs.upload("b", readable, { ifAbsent: true })).outcome, "kept");
      assert.ok(readable.destroyed);
      await assertNothingLeft(store);
      await clock.advance(60_001);
      assert.equal((await blobs.upload("b", "new", { ifAbsent: true })).outcome, "stored");
      assert.equal(await blobs.text("b"), "new");
    },
  },
  {
    name: "the same bytes are kept once under their SHA-256, as long as the longest upload of them wants",
    async run({ store, clock }) {
      const { blobs } = store;
      const sha256 = createHash("sha256").update("bytes").digest("hex");
      const uploads = await Promise.all(
        [1000, 9_000_000, 30_000].map((ttlMs) => blobs.uploadByContent("bytes", { ttlMs, contentType: "text/plain" })),
      );
      assert.deepEqual(
        uploads.map(({ key }) => key),
        [sha256, sha256, sha256],
      );
      assert.equal(uploads.filter(({ outcome }) => outcome === "stored").length, 1);
      await assertNothingLeft(store);
      await clock.advance(8_000_000);
      assert.equal(await blobs.text(sha256), "bytes");
      await blobs.uploadByContent("bytes", { ttlMs: 1 });
      assert.equal((await blobs.uploadByContent("bytes")).expiresAt, null);
      await clock.advance(36_000_000);
      assert.equal(await blobs.text(sha256), "bytes");
      assert.equal((await blobs.list()).items.length, 1);
    },
  },
  {
    name: "a blob that has expired reads as absent, and is replaced as if there were none",
    async run({ store, clock }) {
      const { blobs } = store;
      const now = await clock.now();
      await blobs.upload("ttl", "x", { ttlMs: 1000 });
      await blobs.upload("at", "x", { expiresAt: new Date(now.getTime() + 500) });
      await blobs.upload("never", "x");
      await clock.advance(1001);
      for (const key of ["ttl", "at"]) {
        assert.deepEqual([await blobs.stat(key), await blobs.exists(key)], [null, false]);
        for (const read of ["require", "download", "bytes"] as const) {
          await assert.rejects(blobs[read](key), { code: "not_found", facts: { entity: "blob", key } });
        }
      }
      assert.deepEqual(
        (await blobs.list()).items.map(({ key }) => key),
        ["never"],
      );
      assert.equal(await blobs.remove("ttl"), false);
      const again = await blobs.upload("at", "y");
      assert.ok(again.createdAt.getTime() >= now.getTime() + 1000);
      assert.equal(await blobs.text("at"), "y");
    },
  },
];

/** A stream that goes on for ever, though not at once. */
async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) {
    yield Buffer.alloc(1000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Whether every content has a blob, and every blob a content. */
export async function assertNothingLeft({ blobs }: Store): Promise<void> {
  const swept = await blobs.sweep({ olderThanMs: 0 });
  assert.deepEqual(swept, { expired: 0, unused: 0, strays: 0, unfinished: 0, missing: [], next: null });
}
