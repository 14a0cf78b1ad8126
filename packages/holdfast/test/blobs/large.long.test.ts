import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { describeOnEach } from "../support/databases.ts";
import { describeOnS3, startBucket } from "../support/s3.ts";
import { measure, type StoreSettings } from "./children.ts";

const mebibyte = 1024 * 1024;
const blobMebibytes = 1024;
const memoryMebibytesMax = 128;

/** A GiB goes up and comes down in another process, whose memory may hardly grow. */
async function expectLittleMemory(settings: StoreSettings): Promise<void> {
  const { rest, uploaded, downloaded, uploadMs, downloadMs } = await measure(settings, blobMebibytes);
  const [up, down] = [uploaded, downloaded].map((bytes) => Math.round((bytes - rest) / mebibyte));
  const [upMs, downMs] = [uploadMs, downloadMs].map(Math.round);
  process.stdout.write(`${blobMebibytes} MiB up in ${upMs} ms with ${up} MiB, down in ${downMs} ms with ${down} MiB\n`);
  expect(up).toBeLessThan(memoryMebibytesMax);
  expect(down).toBeLessThan(memoryMebibytesMax);
}

describeOnEach(
  "a blob of a GiB takes little memory",
  (database) => {
    test("in PostgreSQL", async () => expectLittleMemory(await database.options()));

    test("in a folder", async () => {
      const folder = mkdtempSync(join(tmpdir(), "holdfast-large-"));
      await expectLittleMemory({ ...(await database.options()), blobs: { backend: { folder } } });
      rmSync(folder, { recursive: true });
    });

    describeOnS3("on S3", () => {
      test("in a bucket", async () => {
        const bucket = await startBucket();
        afterAll(() => bucket.stop());
        await expectLittleMemory({ ...(await database.options()), blobs: { backend: { s3: bucket.options } } });
      });
    });
  },
  (name) => name !== "embedded" && name !== "postgres-15",
);
