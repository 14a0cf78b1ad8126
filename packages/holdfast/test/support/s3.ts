import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { missingS3, type S3Server, startS3 } from "../../../../tools/servers/s3.ts";
import type { S3Options } from "../../src/blobs/index.ts";

const missing = missingS3();

/**
 * Describes tests that need an S3 server. A machine that lacks it counts one skipped test that names the reason; where `CI` is
 * set, that is a failure.
 */
export function describeOnS3(title: string, tests: () => void): void {
  describe.runIf(missing !== undefined)(title, () => {
    test.skipIf(process.env["CI"] === undefined)(`needs an S3 server: ${missing ?? ""}`, () => {
      expect.fail(`An S3 server, which CI must have, is missing: ${missing ?? ""}.`);
    });
  });
  describe.skipIf(missing !== undefined)(title, () => {
    tests();
  });
}

/** A running server, a client of the tests' own that looks at what is really there, and a bucket. */
export interface TestBucket {
  readonly server: S3Server;
  readonly client: S3Client;
  /** How a store is opened on the bucket. */
  readonly options: S3Options & { readonly bucket: string };
  stop(): Promise<void>;
}

/** Starts a server with one bucket. */
export async function startBucket(): Promise<TestBucket> {
  const server = await startS3();
  const { endpoint, accessKeyId, secretAccessKey } = server;
  const client = new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const bucket = "blobs";
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    server,
    client,
    options: { endpoint, accessKeyId, secretAccessKey, bucket },
    stop: async () => {
      client.destroy();
      await server.stop();
    },
  };
}
