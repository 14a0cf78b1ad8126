import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import type { ContractCase } from "../case.ts";

const mebibyte = 1024 * 1024;

/** How blobs are read, listed and removed. */
export const blobsReadCases: readonly ContractCase[] = [
  {
    name: "a download gives a range of the bytes, cut at the blob's end",
    async run({ store: { blobs } }) {
      const bytes = randomBytes(2 * mebibyte + 10);
      const { size } = await blobs.upload("b", bytes);
      const ranges: readonly [start: number | undefined, end: number | undefined][] = [
        [undefined, undefined],
        [0, size],
        [0, 1],
        [0, 0],
        [mebibyte - 1, mebibyte + 1],
        [mebibyte, 2 * mebibyte],
        [17, undefined],
        [undefined, 17],
        [size - 1, size],
        [size - 1, size + 1],
        [size, size],
        [size + 5, undefined],
        [size, Number.MAX_SAFE_INTEGER],
      ];
      for (const [start, end] of ranges) {
        const range = { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
        const found = await blobs.download("b", { range });
        const expected = bytes.subarray(start ?? 0, end ?? size);
        assert.deepEqual(await buffer(found.body), expected, `from ${start} to ${end}`);
        assert.equal(found.end - found.start, expected.length);
      }
    },
  },
  {
    name: "a download that is left alone holds nothing up",
    async run({ store: { blobs } }) {
      const bytes = randomBytes(2 * mebibyte + 1);
      await blobs.upload("b", bytes);
      const downloads = await Promise.all(Array.from({ length: 5 }, () => blobs.download("b")));
      for (const { body } of downloads) {
        for await (const piece of body) {
          assert.ok((piece as Uint8Array).byteLength > 0);
          break;
        }
      }
      assert.ok(downloads.every(({ body }) => body.destroyed));
      const slow = await blobs.download("b");
      const iterator = slow.body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      const first = await iterator.next();
      assert.equal(await blobs.exists("b"), true);
      await blobs.upload("b", "replaced");
      const pieces = [first.value as Buffer];
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) pieces.push(next.value);
      assert.deepEqual(Buffer.concat(pieces), bytes);
    },
  },
  {
    name: "a download ends at its signal",
    async run({ store: { blobs } }) {
      await blobs.upload("b", randomBytes(2 * mebibyte));
      const controller = new AbortController();
      const { body } = await blobs.download("b", { signal: controller.signal });
      const reading = (async () => {
        for await (const piece of body) if ((piece as Uint8Array).byteLength > 0) controller.abort();
      })();
      await assert.rejects(reading, { name: "AbortError" });
      await assert.rejects(blobs.download("b", { signal: controller.signal }), { name: "AbortError" });
    },
  },
  {
    name: "the read of a small blob ends at its store's signal",
    async run({ store }) {
      const bytes = randomBytes(2 * mebibyte);
      await store.blobs.upload("b", bytes);
      const controller = new AbortController();
      const reason = new Error("enough");
      const { blobs } = store.with({ signal: controller.signal });
      assert.deepEqual(Buffer.from(await blobs.bytes("b")), bytes);
      const reading = blobs.bytes("b");
      controller.abort(reason);
      await assert.rejects(reading, (error) => error === reason);
      await assert.rejects(blobs.text("b"), (error) => error === reason);
    },
  },
  {
    name: "bytes and text read what has at most maxBytes",
    async run({ store: { blobs } }) {
      await blobs.upload("b", "12345");
      assert.equal(await blobs.text("b", { maxBytes: 5 }), "12345");
      await assert.rejects(blobs.text("b", { maxBytes: 4 }), { code: "invalid_input", facts: { field: "maxBytes" } });
      const missing = { code: "not_found", facts: { entity: "blob", key: "x" } };
      for (const read of ["bytes", "text", "download", "require"] as const) {
        await assert.rejects(blobs[read]("x"), missing);
      }
      assert.equal(await blobs.stat("x"), null);
    },
  },
  {
    name: "blobs are listed by prefix in byte order, page by page",
    async run({ store: { blobs } }) {
      const keys = ["a", "a%", "a%/1", "a/", "a/2", "a/é", "a/😀", "a/\uffff", "aa", "a_", "b", "é"];
      await Promise.all(keys.map((key) => blobs.upload(key, key)));
      const listed = async (prefix: string, limit: number): Promise<readonly string[]> => {
        const found: string[] = [];
        for (let after: string | null | undefined; after !== null;) {
          const page = await blobs.list({ prefix, after, limit });
          found.push(...page.items.map(({ key }) => key));
          after = page.next;
        }
        return found;
      };
      const inByteOrder = (prefix: string): readonly string[] =>
        keys.filter((key) => key.startsWith(prefix)).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      for (const prefix of ["", "a", "a/", "a%", "a_", "a/\uffff", "é", "z", "\u{10ffff}"]) {
        for (const limit of [1, 3, 100]) assert.deepEqual(await listed(prefix, limit), inByteOrder(prefix), prefix);
      }
      assert.equal((await blobs.list({ limit: 12 })).next, null);
      assert.equal((await blobs.list({ limit: 11 })).next, "b");
    },
  },
  {
    name: "keys of 1,024 bytes and keys that look like paths are kept as they are",
    async run({ store: { blobs } }) {
      const keys = [
        "é".repeat(512),
        `${"k".repeat(1023)}/`,
        "../../etc/passwd",
        "/",
        "a//b",
        " ",
        "a ",
        "a",
        "C:\\x",
        "%2e%2e/",
      ];
      for (const key of keys) await blobs.upload(key, `of ${key}`);
      for (const key of keys) assert.equal(await blobs.text(key), `of ${key}`);
      assert.equal((await blobs.list()).items.length, keys.length);
    },
  },
  {
    name: "what is removed is gone at once, and told once",
    async run({ store: { blobs } }) {
      await Promise.all(["a", "b", "c"].map((key) => blobs.upload(key, key)));
      const removed = await Promise.all(["a", "a", "x"].map((key) => blobs.remove(key)));
      assert.deepEqual(removed, [true, false, false]);
      assert.deepEqual(await blobs.removeMany(["c", "a", "b"]), [true, false, true]);
      assert.deepEqual(await blobs.removeMany([]), []);
      assert.deepEqual((await blobs.list()).items, []);
      assert.equal((await blobs.sweep({ olderThanMs: 0 })).unused, 3);
    },
  },
];
