import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { PGlite } from "@electric-sql/pglite";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { S3Options, SweepResult } from "../../src/blobs/index.ts";
import { openStore, type Store } from "../../src/index.ts";
import { testContract } from "../support/contract-on.ts";
import { describeOnEach } from "../support/databases.ts";
import { describeOnS3, startBucket, type TestBucket } from "../support/s3.ts";
import { expireUploads, killMidUpload } from "./children.ts";
import { mebibytes, nothingLeft } from "./support.ts";

const mebibyte = 1024 * 1024;

describeOnS3("blobs on S3", () => {
  const pglite = new PGlite();
  let bucket: TestBucket;
  let store: Store;
  let stores = 0;
  /** A store of its own on the bucket, or on what the changes make of it. */
  const open = (changes: S3Options = {}): Promise<Store> => {
    const blobs = { backend: { s3: { ...bucket.options, ...changes } } };
    return openStore({ pglite, schema: `store_${(stores += 1)}`, blobs });
  };

  beforeAll(async () => {
    bucket = await startBucket();
    store = await open();
  });
  afterAll(async () => {
    await store.close();
    await pglite.close();
    await bucket.stop();
  });

  /** What is really in the bucket. */
  const objects = async (): Promise<readonly string[]> => {
    const { Contents } = await bucket.client.send(new ListObjectsV2Command({ Bucket: bucket.options.bucket }));
    return (Contents ?? []).flatMap(({ Key = "" }) => (Key.startsWith("contract/") ? [] : [Key]));
  };
  const uploads = async (): Promise<number> => {
    const command = new ListMultipartUploadsCommand({ Bucket: bucket.options.bucket });
    return (await bucket.client.send(command)).Uploads?.length ?? 0;
  };

  describeOnEach(
    "keep their contract",
    (database) => {
      testContract("blobs", async () => ({
        ...(await database.prepared()),
        schema: "holdfast",
        blobs: { backend: { s3: { ...bucket.options, prefix: `contract/${database.name}/` } } },
      }));
    },
    (name) => name !== "embedded" && name !== "postgres-15",
  );

  describe("as objects", () => {
    afterEach(async () => {
      const { items } = await store.blobs.list();
      await store.blobs.removeMany(items.map(({ key }) => key));
      await store.blobs.sweep({ olderThanMs: 0 });
      const left = await objects();
      if (left.length > 0) throw new Error(`left in the bucket: ${left.join(", ")}`);
    });

    test("are whole on both sides of the size above which they go up in parts", async () => {
      const bytes = randomBytes(5 * mebibyte + 1);
      for (const size of [0, 5 * mebibyte - 1, 5 * mebibyte, 5 * mebibyte + 1]) {
        const part = bytes.subarray(0, size);
        await store.blobs.upload(`b${size}`, part);
        expect(Buffer.compare(await store.blobs.bytes(`b${size}`), part), `${size} bytes`).toBe(0);
      }
      expect(await uploads()).toBe(0);
    });

    test("leave no parts where the stream fails, the bytes are wrong, or the caller gives up", async () => {
      const failure = new Error("broken");
      const part = randomBytes(6 * mebibyte);
      let seen = 0;
      const broken = async function* broken(): AsyncGenerator<Uint8Array> {
        for (let i = 0; i < 3; i++) yield part;
        while ((seen = await uploads()) === 0) continue;
        throw failure;
      };
      await expect(store.blobs.upload("b", broken())).rejects.toBe(failure);
      expect(seen).toBe(1);
      await expect(store.blobs.upload("b", part, { sha256: "0".repeat(64) })).rejects.toMatchObject({
        code: "invalid_input",
      });
      const controller = new AbortController();
      const silent = async function* silent(): AsyncGenerator<Uint8Array> {
        yield part;
        yield part;
        while ((await uploads()) === 0) continue;
        controller.abort();
        await new Promise(() => undefined);
      };
      await expect(store.blobs.upload("b", silent(), { signal: controller.signal })).rejects.toMatchObject({
        name: "AbortError",
      });
      expect([await uploads(), await objects()]).toEqual([0, []]);
      expect(await store.blobs.exists("b")).toBe(false);
    });

    test("are read by a link, until it ends", async () => {
      await store.blobs.upload("a/ü key+%.txt", "linked", { contentType: "text/plain; charset=utf-8" });
      const link = await store.blobs.presign("a/ü key+%.txt", { ttlMs: 60_000 });
      const answer = await fetch(link);
      expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([
        200,
        "text/plain; charset=utf-8",
        "linked",
      ]);
      expect((await fetch(link.replace("X-Amz-Expires=60", "X-Amz-Expires=61"))).status).toBe(403);
      await expect(store.blobs.presign("none", { ttlMs: 60_000 })).rejects.toMatchObject({ code: "not_found" });
    });
  });

  describe("that cannot be kept", () => {
    test.for<[what: string, changes: S3Options, expected: object]>([
      [
        "for want of the bucket",
        { bucket: "none" },
        { code: "invalid_input", facts: { bucket: "none", reason: "NoSuchBucket" } },
      ],
      [
        "for a wrong secret",
        { secretAccessKey: "wrong-secret" },
        { code: "invalid_input", facts: { reason: "SignatureDoesNotMatch" } },
      ],
      [
        "for an unknown key",
        { accessKeyId: "wrong-id" },
        { code: "invalid_input", facts: { reason: "InvalidAccessKeyId" } },
      ],
      ["for a wrong endpoint", { endpoint: "http://127.0.0.1:1" }, { code: "unavailable", retryable: true }],
      ["for an endpoint that is none", { endpoint: "http://none.invalid" }, { code: "unavailable", retryable: true }],
    ])("%s leave nothing, small or large, and say so without secrets", async ([, changes, expected]) => {
      await using broken = await open(changes);
      for (const source of ["small", randomBytes(6 * mebibyte)]) {
        const error = await broken.blobs.upload("b", source).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject(expected);
        expect((error as Error).message).toContain(changes.bucket ?? changes.endpoint ?? bucket.options.bucket);
        expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(
          new RegExp(`wrong-secret|${bucket.options.secretAccessKey ?? ""}`),
        );
      }
      expect(await broken.blobs.exists("b")).toBe(false);
    });

    test("are told where content is missing, cut short or changed", async () => {
      for (const key of ["gone", "short", "changed", "good"]) await store.blobs.upload(key, key.repeat(100));
      const names = new Map<string, string>();
      for (const name of await objects()) {
        const { Body } = await bucket.client.send(new GetObjectCommand({ Bucket: bucket.options.bucket, Key: name }));
        names.set((await Body?.transformToString())?.replace(/(.+?)\1*$/, "$1") ?? "", name);
      }
      const put = (Key: string | undefined, Body: string): Promise<unknown> =>
        bucket.client.send(new PutObjectCommand({ Bucket: bucket.options.bucket, Key, Body }));
      await bucket.client.send(new DeleteObjectCommand({ Bucket: bucket.options.bucket, Key: names.get("gone") }));
      await put(names.get("short"), "short");
      await put(names.get("changed"), "CHANGED".repeat(100));
      for (const key of ["gone", "short", "changed"]) {
        await expect(store.blobs.bytes(key)).rejects.toMatchObject({ code: "corrupt", facts: { key } });
      }
      expect((await store.blobs.sweep({ olderThanMs: 0 })).missing).toEqual(["gone"]);
      expect(await store.blobs.text("good")).toBe("good".repeat(100));
      await store.blobs.removeMany(["gone", "short", "changed", "good"]);
      expect((await store.blobs.sweep({ olderThanMs: 0 })).unused).toBe(4);
    });

    test("are looked for page by page, on both sides", async () => {
      for (let i = 0; i < 5; i++) await store.blobs.upload(`b${i}`, "x");
      const names = await objects();
      const space = names[0]?.split("/")[0] ?? "";
      const strays = ["0", "f"].map((digit) => `${space}/${digit.repeat(8)}-0000-4000-8000-000000000000`);
      for (const Key of strays) {
        await bucket.client.send(new PutObjectCommand({ Bucket: bucket.options.bucket, Key, Body: "stray" }));
      }
      const foreign = "not-of-this-space/00000000-0000-4000-8000-000000000000";
      await bucket.client.send(new PutObjectCommand({ Bucket: bucket.options.bucket, Key: foreign, Body: "x" }));
      await bucket.client.send(new DeleteObjectCommand({ Bucket: bucket.options.bucket, Key: names[2] }));
      const found = { strays: 0, missing: [] as string[], pages: 0 };
      for (let after: string | null = ""; after !== null; found.pages++) {
        const { strays: count, missing, next } = await store.blobs.sweep({ after, limit: 2 });
        found.strays += count;
        found.missing.push(...missing);
        after = next;
      }
      expect(found).toMatchObject({ strays: 2, missing: [expect.stringMatching(/^b\d$/)] });
      expect(found.pages).toBeGreaterThan(2);
      expect(await objects()).toEqual([...names.filter((_, i) => i !== 2), foreign].sort());
      await bucket.client.send(new DeleteObjectCommand({ Bucket: bucket.options.bucket, Key: foreign }));
      await store.blobs.removeMany(["b0", "b1", "b2", "b3", "b4"]);
      await store.blobs.sweep({ olderThanMs: 0 });
    });

    test("after the process died in mid-upload are swept, with their parts", async () => {
      const folder = mkdtempSync(join(tmpdir(), "holdfast-died-"));
      const settings = { folder, blobs: { backend: { s3: bucket.options } } };
      await killMidUpload(settings, async () => {
        while ((await uploads()) === 0) await sleep(20);
      });
      const sweep = async (): Promise<SweepResult> => {
        await using again = await openStore(settings);
        const swept = await again.blobs.sweep({ olderThanMs: 0 });
        return swept;
      };
      // Its last sign of life is not long ago.
      expect(await sweep()).toEqual(nothingLeft);
      expect(await uploads()).toBe(1);
      await expireUploads(settings);
      expect(await sweep()).toEqual({ ...nothingLeft, unused: 1, unfinished: 1 });
      expect([await uploads(), await objects()]).toEqual([0, []]);
      rmSync(folder, { recursive: true });
    });

    // The last one: nothing of the server is left after it.
    test("when the server goes away in mid-upload are an error, and the old blob stays known", async () => {
      await using own = await open();
      await own.blobs.upload("b", "old");
      const known = await own.blobs.stat("b");
      const source = mebibytes(30, (i) => i === 12 && bucket.server.kill());
      await expect(own.blobs.upload("b", source)).rejects.toMatchObject({ code: "unavailable", retryable: true });
      expect(await own.blobs.stat("b")).toEqual(known);
      await expect(own.blobs.bytes("b")).rejects.toMatchObject({ code: "unavailable" });
    });
  });
});
