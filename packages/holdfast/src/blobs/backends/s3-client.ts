import type * as Client from "@aws-sdk/client-s3";
import type * as Storage from "@aws-sdk/lib-storage";
import { InvalidInputError } from "../../core/errors.ts";
import type { S3Settings } from "../settings.ts";
import { explainS3 } from "./s3-failures.ts";

/** The AWS SDK's modules, which are installed only if blobs are on S3. */
export type S3Modules = typeof Client & Pick<typeof Storage, "Upload">;

/**
 * Loads the SDK.
 *
 * @throws InvalidInputError that says what to install.
 */
export async function loadS3(): Promise<S3Modules> {
  try {
    // Each import has its own await inside the try, so bundlers see that the program continues without the package.
    const client = await import("@aws-sdk/client-s3");
    const storage = await import("@aws-sdk/lib-storage");
    return { ...client, Upload: storage.Upload };
  } catch (cause) {
    throw new InvalidInputError(
      "blobs.backend.s3 needs the packages @aws-sdk/client-s3 and @aws-sdk/lib-storage: install them beside holdfast " +
        "(npm install @aws-sdk/client-s3 @aws-sdk/lib-storage).",
      { cause, facts: { field: "blobs.backend.s3" } },
    );
  }
}

/** How long to wait for a connection to the server, and then for its answer. */
const timeouts = { connectionTimeout: 5_000, socketTimeout: 60_000 };

/**
 * As many connections as requests. Above the SDK's own limit of 50, a request would wait for a free one, and that counts as connection
 * time. So fifty long downloads would make every other request fail.
 */
const unlimited = { maxSockets: Infinity };

/** A bucket, and everything needed to send requests to it. */
export interface Bucket {
  readonly client: Client.S3Client;
  readonly modules: S3Modules;
  readonly name: string;
  keyOf(id: string): string;
  idOf(key: string): string;
  /** Sends a request, and converts its failure to Holdfast's own error. */
  ask<T>(request: () => Promise<T>): Promise<T>;
  /** Converts a failure to that error. */
  explain(failure: unknown): unknown;
}

/** The bucket that the settings name. Nothing is sent to the server yet. */
export function bucketOf(modules: S3Modules, settings: S3Settings): Bucket {
  const { bucket, prefix } = settings;
  const explain = (failure: unknown): unknown => explainS3(settings, failure);
  return {
    client: clientOf(modules, settings),
    modules,
    name: bucket,
    keyOf: (id) => prefix + id,
    idOf: (key) => key.slice(prefix.length),
    ask: async (request) => {
      try {
        return await request();
      } catch (error) {
        throw explain(error);
      }
    },
    explain,
  };
}

/** Without keys, the SDK finds credentials as usual. */
function clientOf({ S3Client }: S3Modules, settings: S3Settings): Client.S3Client {
  const { endpoint, region, forcePathStyle, keys } = settings;
  return new S3Client({
    forcePathStyle,
    requestHandler: { ...timeouts, httpAgent: unlimited, httpsAgent: unlimited },
    // Older servers (Ceph 16) refuse the checksums that the SDK adds by default. The bytes of every request are signed, and a download is
    // compared with its SHA-256.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    ...(endpoint === null ? {} : { endpoint }),
    ...(region === null ? {} : { region }),
    ...(keys === null
      ? {}
      : {
          credentials: async () => ({
            accessKeyId: keys.accessKeyId,
            secretAccessKey: keys.secretAccessKey.reveal(),
            ...(keys.sessionToken === null ? {} : { sessionToken: keys.sessionToken.reveal() }),
          }),
        }),
  });
}
