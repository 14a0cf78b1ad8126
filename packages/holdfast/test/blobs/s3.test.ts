import { randomBytes } from "node:crypto";
import { ListMultipartUploadsCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openStore, type S3Options, type Store } from "../../src/index.ts";
import { testContract } from "../support/contract-on.ts";
import { describeOnEach } from "../support/databases.ts";
import { describeOnS3, startBucket, type TestBucket } from "../support/s3.ts";

const mebibyte = 1024 * 1024;

describeOnS3("blobs on S3", () => {
  let bucket: TestBucket;
  let store: Store;
  const open = (changes: S3Options = {}): Promise<Store> =>
    openStore({ memory: true, blobs: { backend: { s3: { ...bucket.options, ...changes } } } });

  beforeAll(async () => {
    bucket = await startBucket();
    store = await open();
  });
  afterAll(async () => {
    await store.close();
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
        ...(await database.options()),
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
      const link = await store.blobs.presign("a/ü key+%.txt", { expiresInMs: 60_000 });
      const answer = await fetch(link);
      expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([
        200,
        "text/plain; charset=utf-8",
        "linked",
      ]);
      expect((await fetch(link.replace("X-Amz-Expires=60", "X-Amz-Expires=61"))).status).toBe(403);
      await expect(store.blobs.presign("none", { expiresInMs: 60_000 })).rejects.toMatchObject({ code: "not_found" });
    });
  });
});
