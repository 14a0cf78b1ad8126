import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { CorruptError, NotFoundError } from "../core/errors.ts";
import { type Fields, fieldsOf, pageNames } from "../core/fields.ts";
import {
  checkInteger,
  checkKey,
  checkLimit,
  checkOrder,
  checkText,
  invalid,
  type Page,
  type PageRequest,
  toPage,
} from "../core/input.ts";
import { nameAfter } from "../core/pages.ts";
import { mapPlan } from "../core/plan.ts";
import { quote } from "../core/quote.ts";
import { callWithin, checkSignal } from "../session/call-limits.ts";
import { type BlobInfo, noBlob, type StoredBlob, toBlob } from "./blob.ts";
import { type ByteRange, type ContentRead, MissingContentError } from "./content-backend.ts";
import { backendNamed, type BlobParts } from "./parts.ts";
import { abortable } from "./source.ts";
import { getBlob, listBlobs } from "./statements.generated.ts";

/** Which bytes of a blob to read, and how long to wait for them. */
export interface DownloadOptions {
  /** From `start` (0) to before `end` (the blob's end). Bytes beyond the blob's end are left out, without an error. */
  readonly range?: { readonly start?: number; readonly end?: number };
  readonly signal?: AbortSignal;
}

/** A blob's bytes, as they arrive. */
export interface BlobDownload {
  readonly blob: BlobInfo;
  /** The range of these bytes: from `start` to before `end`. */
  readonly start: number;
  readonly end: number;
  /**
   * To be read once, or destroyed. It reads only as fast as its consumer. While nobody reads, it holds no connection (to S3, for at most
   * a second). A read of the whole blob compares its SHA-256 at the end.
   */
  readonly body: Readable;
}

/** Options of a list of blobs. */
export interface BlobListRequest extends PageRequest {
  /** The start of their keys. */
  readonly prefix?: string | undefined;
}

const listRequest: Fields<BlobListRequest> = fieldsOf<BlobListRequest>({ prefix: true, ...pageNames });

const downloadOptions: Fields<DownloadOptions> = fieldsOf<DownloadOptions>({ range: true, signal: true });

const rangeFields: Fields<NonNullable<DownloadOptions["range"]>> = fieldsOf<NonNullable<DownloadOptions["range"]>>({
  start: true,
  end: true,
});

/** The blob of a checked key; null if there is none. */
export function findBlob({ session }: BlobParts, key: string): Promise<StoredBlob | null> {
  return session.run(mapPlan(getBlob({ key }), (row) => row && toBlob(session.codec, row)));
}

/** A page of blobs by key in byte order. */
export async function listPage({ session }: BlobParts, request: BlobListRequest): Promise<Page<BlobInfo>> {
  const { prefix = "", after, limit, ...asked } = listRequest.read(request, "request");
  const size = checkLimit(limit);
  const order = checkOrder(asked.order);
  const plan = listBlobs[order]({
    prefix: checkText(prefix, "prefix"),
    after: nameAfter(after, order, checkKey),
    limit: size + 1,
  });
  return toPage(
    await session.run(plan),
    size,
    (row) => toBlob(session.codec, row).info,
    ({ key }) => key,
  );
}

/** Begins a download. Its bytes are fetched as its body is read. */
export async function download(parts: BlobParts, key: string, options: DownloadOptions = {}): Promise<BlobDownload> {
  checkKey(key, "key");
  const given = downloadOptions.read(options, "options");
  const range = checkRange(given.range);
  const signal = checkSignal(given.signal);
  const found = await callWithin(signal ? { signal } : {}, () => findBlob(parts, key));
  if (!found) throw noBlob(key);
  const { size } = found.info;
  const start = Math.min(range.start, size);
  const end = Math.max(start, Math.min(range.end, size));
  const bytes = bytesOf(parts, found, { start, end, signal });
  const body = Readable.from(bytes, { objectMode: false, ...(signal ? { signal } : {}) });
  return { blob: found.info, start, end, body };
}

/** All bytes of a blob of at most `maxBytes`. The session's time limit covers the whole read, not only its query. */
export async function readWhole(parts: BlobParts, key: string, maxBytes: number): Promise<Uint8Array> {
  checkKey(key, "key");
  return callWithin(parts.session.limited?.limits ?? {}, (signal) => readWithin(parts, { key, maxBytes }, signal));
}

async function readWithin(
  parts: BlobParts,
  { key, maxBytes }: { readonly key: string; readonly maxBytes: number },
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const found = await findBlob(parts, key);
  if (!found) throw noBlob(key);
  const { size } = found.info;
  if (size > maxBytes) {
    throw invalid(
      "maxBytes",
      `is ${maxBytes}, and blob ${quote(key)} has ${size} bytes: raise it, or download the blob as a stream`,
    );
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for await (const piece of bytesOf(parts, found, { start: 0, end: size, signal })) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}

function checkRange(range: DownloadOptions["range"]): ByteRange {
  if (range === undefined) return { start: 0, end: Number.MAX_SAFE_INTEGER };
  const { start, end } = rangeFields.readInner(range, "range");
  const bounds = { min: 0, max: Number.MAX_SAFE_INTEGER };
  const from = checkInteger(start ?? 0, "range.start", bounds);
  return { start: from, end: checkInteger(end ?? bounds.max, "range.end", { ...bounds, min: from }) };
}

/** The bytes of a range, complete, until its signal. If they are the whole blob, compared with its SHA-256. */
function bytesOf(parts: BlobParts, blob: StoredBlob, range: ContentRead): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = comparedBytesOf(parts, blob, range);
  return range.signal ? abortable(bytes, range.signal) : bytes;
}

async function* comparedBytesOf(
  parts: BlobParts,
  blob: StoredBlob,
  range: ContentRead,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { key, size, sha256, backend } = blob.info;
  const hash = range.start === 0 && range.end === size ? createHash("sha256") : null;
  let read = 0;
  try {
    for await (const piece of backendNamed(parts, backend, key).read(blob.contentId, range)) {
      read += piece.byteLength;
      hash?.update(piece);
      // Before the last piece: a caller who takes it for the end must learn that it is wrong.
      if (read === range.end - range.start) compare(blob.info, hash?.digest("hex") ?? sha256);
      yield piece;
    }
  } catch (error) {
    if (!(error instanceof MissingContentError)) throw error;
    throw await missing(parts, blob);
  }
  if (read !== range.end - range.start) throw await missing(parts, blob);
}

function compare({ key, sha256 }: BlobInfo, actual: string): void {
  if (actual === sha256) return;
  throw new CorruptError(
    `Blob ${quote(key)} is not what was uploaded, for its SHA-256 differs: restore its content from a backup, or upload it again.`,
    { facts: { key, expected: sha256, actual } },
  );
}

/** Missing bytes were lost, or swept since the blob was looked up. */
async function missing(parts: BlobParts, { info, contentId }: StoredBlob): Promise<CorruptError | NotFoundError> {
  const { key, backend } = info;
  const current = await findBlob(parts, key);
  if (current?.contentId === contentId) {
    return new CorruptError(
      `The content of blob ${quote(key)} is missing or cut short in the backend ${backend}: restore it from a backup, or upload the blob again.`,
      { facts: { key, contentId, backend } },
    );
  }
  return new NotFoundError(
    `Blob ${quote(key)} was removed or replaced while it was read: begin again, and sweep with a longer olderThanMs.`,
    { facts: { entity: "blob", key } },
  );
}
