import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type * as Presigner from "@aws-sdk/s3-request-presigner";
import { invalid } from "../../core/input.ts";
import { type ContentBackend, type ContentRead, type LinkOptions, MissingContentError } from "../content-backend.ts";
import type { S3Settings } from "../settings.ts";
import { Intake } from "./intake.ts";
import { type Bucket, bucketOf, loadS3 } from "./s3-client.ts";
import { isMissing } from "./s3-failures.ts";
import { s3Inventory } from "./s3-inventory.ts";

/** A content above this size is uploaded in parts of this size, the smallest that S3 takes, a few at once. */
const partBytes = 5 * 1024 * 1024;
const partsAtOnce = 4;
const partsMax = 10_000;

/** With this much in memory a download waits for its reader, and after this long it does so without a connection. */
const intakeLimits = { bytesAhead: 4 * 1024 * 1024, waitMs: 1000 };

/** The pause after a broken connection. If every answer were cut short, requests would otherwise follow each other without one. */
const pauseMs = 100;

/** The most objects that one request removes. */
const removedMax = 1000;

/**
 * Stores contents as objects of an S3 bucket. Nothing is sent to the server before the first use.
 *
 * @throws InvalidInputError if the client's packages are not installed.
 */
export async function s3Backend(settings: S3Settings): Promise<ContentBackend> {
  const modules = await loadS3();
  const on = bucketOf(modules, settings);
  return {
    name: "s3",
    write: (id, bytes, { sizeHint }) => writeObject(on, id, { bytes, sizeHint }),
    read: (id, range) => readObject(on, id, range),
    remove: (ids) => removeObjects(on, ids),
    presign: (id, options) => on.ask(async () => linkTo(on, id, options)),
    inventory: s3Inventory(on),
    close: () => on.client.destroy(),
  };
}

/**
 * One request up to 5 MiB, parts above. If a part or the source fails, the client stops reading, waits for parts in flight, and then
 * aborts the upload.
 */
async function writeObject(
  on: Bucket,
  id: string,
  { bytes, sizeHint }: { readonly bytes: AsyncIterable<Uint8Array>; readonly sizeHint: number | null },
): Promise<void> {
  const upload = new on.modules.Upload({
    client: on.client,
    params: { Bucket: on.name, Key: on.keyOf(id), Body: Readable.from(bytes, { objectMode: false }) },
    partSize: Math.max(partBytes, Math.ceil((sizeHint ?? 0) / partsMax)),
    queueSize: partsAtOnce,
  });
  await on.ask(() => upload.done());
}

/** One request, and another one for the rest after a slow reader or a broken connection. */
async function* readObject(
  on: Bucket,
  id: string,
  { start, end, signal }: ContentRead,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let position = start; position < end;) {
    const asked = position;
    const intake = await openObject(on, id, { start: position, end, signal });
    try {
      for (let pieces = await intake.take(); pieces.length > 0; pieces = await intake.take()) {
        for (const piece of pieces) {
          position += piece.byteLength;
          yield piece;
        }
      }
    } catch (error) {
      // It was not the server that broke the connection.
      signal?.throwIfAborted();
      if (position === asked) throw on.explain(error);
      await sleep(pauseMs);
      continue;
    } finally {
      intake.close();
    }
    if (position === asked) throw new MissingContentError();
  }
}

async function openObject(on: Bucket, id: string, { start, end, signal }: ContentRead): Promise<Intake> {
  const Range = `bytes=${start}-${end - 1}`;
  const command = new on.modules.GetObjectCommand({ Bucket: on.name, Key: on.keyOf(id), Range });
  return on.ask(async () => {
    try {
      // The signal also ends the request while its body arrives.
      const { Body } = await on.client.send(command, signal ? { abortSignal: signal } : {});
      // In Node.js it is a stream; its type also covers browsers.
      return new Intake(Body as Readable, intakeLimits);
    } catch (error) {
      // An object that is shorter than before answers 416.
      throw isMissing(error) ? new MissingContentError() : error;
    }
  });
}

async function removeObjects(on: Bucket, ids: readonly string[]): Promise<void> {
  for (let at = 0; at < ids.length; at += removedMax) {
    const Objects = ids.slice(at, at + removedMax).map((id) => ({ Key: on.keyOf(id) }));
    const Delete = { Objects, Quiet: true };
    const command = new on.modules.DeleteObjectsCommand({ Bucket: on.name, Delete });
    const { Errors } = await on.ask(() => on.client.send(command));
    // A server may also report objects that were gone already.
    const failure = (Errors ?? [])
      .map(({ Code, Message }) => Object.assign(new Error(Message), { name: Code, code: Code }))
      .find((error) => !isMissing(error));
    if (failure) throw on.explain(failure);
  }
}

async function linkTo(on: Bucket, id: string, { contentType, ttlMs }: LinkOptions): Promise<string> {
  const { getSignedUrl } = await presigner();
  const command = new on.modules.GetObjectCommand({
    Bucket: on.name,
    Key: on.keyOf(id),
    ResponseContentType: contentType,
  });
  return getSignedUrl(on.client, command, { expiresIn: Math.floor(ttlMs / 1000) });
}

async function presigner(): Promise<typeof Presigner> {
  try {
    return await import("@aws-sdk/s3-request-presigner");
  } catch {
    throw invalid(
      "presign",
      "needs the package @aws-sdk/s3-request-presigner: install it beside holdfast (npm install @aws-sdk/s3-request-presigner)",
    );
  }
}
