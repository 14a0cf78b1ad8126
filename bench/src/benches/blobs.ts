import { randomBytes } from "node:crypto";
import { missingS3 } from "../../../tools/servers/s3.ts";
import type { Bench, Contender, Place } from "../bench.ts";
import { openAwsSdk, openHoldfastOnS3, type Uploader } from "../peers/s3.ts";
import { expectSame } from "../rows.ts";

const key = "blob";
const mebibyte = randomBytes(2 ** 20);

/** Large bytes on S3. */
export const blobs: Bench = {
  name: "blobs",
  measures:
    "One large blob is uploaded to an S3 server (Ceph's, in memory) from a stream, or downloaded. Holdfast also digests it, and compares " +
    "the digest. What an operation cost is the database's alone.",
  unit: "MiB",
  // A server of its own for each contender, and a gibibyte each way, take a minute.
  roundsMax: 1,
  missing: missingS3,
  cases: ({ blobMiB }) => [
    { name: `upload of ${blobMiB.toLocaleString("en-US")} MiB`, contenders: both(blobMiB, uploading) },
    { name: `download of ${blobMiB.toLocaleString("en-US")} MiB`, contenders: both(blobMiB, downloading) },
  ],
};

function both(mib: number, contender: (mib: number, how: Opened) => Contender): readonly Contender[] {
  return [
    contender(mib, { name: "Holdfast", isOurs: true, open: openHoldfastOnS3 }),
    contender(mib, { name: "AWS SDK", isOurs: false, open: openAwsSdk }),
  ];
}

interface Opened extends Pick<Contender, "name" | "isOurs"> {
  readonly open: (place: Place) => Promise<Uploader>;
}

async function* bytesOf(mib: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < mib; i += 1) yield mebibyte;
}

async function sizeOf(bytes: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const piece of bytes) size += piece.length;
  return size;
}

function uploading(mib: number, { name, isOurs, open }: Opened): Contender {
  return {
    name,
    isOurs,
    open: async (place) => {
      const uploader = await open(place);
      return {
        run: async () => {
          const startedAt = performance.now();
          await uploader.upload(key, bytesOf(mib));
          return { operations: mib, elapsedMs: performance.now() - startedAt, latencyMs: null };
        },
        check: async () => expectSame(await sizeOf(await uploader.download(key)), mib * 2 ** 20, "bytes"),
        close: () => uploader.close(),
      };
    },
  };
}

function downloading(mib: number, { name, isOurs, open }: Opened): Contender {
  return {
    name,
    isOurs,
    open: async (place) => {
      const uploader = await open(place);
      await uploader.upload(key, bytesOf(mib));
      let size = 0;
      return {
        run: async () => {
          const startedAt = performance.now();
          size = await sizeOf(await uploader.download(key));
          return { operations: mib, elapsedMs: performance.now() - startedAt, latencyMs: null };
        },
        check: async () => expectSame(size, mib * 2 ** 20, "bytes"),
        close: () => uploader.close(),
      };
    },
  };
}
