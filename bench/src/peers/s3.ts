import { CreateBucketCommand, GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { openStore } from "holdfast";
import { type S3Server, startS3 } from "../../../tools/servers/s3.ts";
import type { Place } from "../bench.ts";

/** Puts bytes under a key and reads them again. */
export interface Uploader {
  upload(key: string, bytes: AsyncIterable<Uint8Array>): Promise<unknown>;
  /** The bytes as they come. */
  download(key: string): Promise<AsyncIterable<Uint8Array>>;
  close(): Promise<void>;
}

const bucket = "blobs";

/** The AWS SDK itself, as its documentation says it is used for streams. */
export async function openAwsSdk(): Promise<Uploader> {
  const { server, client } = await startBucket();
  return {
    upload: (key, bytes) =>
      new Upload({ client, params: { Bucket: bucket, Key: key, Body: ReadableStream.from(bytes) } }).done(),
    download: async (key) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return Body as AsyncIterable<Uint8Array>;
    },
    close: async () => {
      client.destroy();
      await server.stop();
    },
  };
}

/** A store whose blobs are on S3. */
export async function openHoldfastOnS3({ url }: Place): Promise<Uploader> {
  const { server, client } = await startBucket();
  client.destroy();
  const { endpoint, accessKeyId, secretAccessKey } = server;
  const store = await openStore({
    url,
    blobs: { backend: { s3: { bucket, endpoint, accessKeyId, secretAccessKey } } },
  });
  return {
    upload: (key, bytes) => store.blobs.upload(key, bytes),
    download: async (key) => (await store.blobs.download(key)).body,
    close: async () => {
      await store.close();
      await server.stop();
    },
  };
}

async function startBucket(): Promise<{ readonly server: S3Server; readonly client: S3Client }> {
  const server = await startS3();
  const { endpoint, accessKeyId, secretAccessKey } = server;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return { server, client };
}
