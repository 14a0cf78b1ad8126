import { InvalidInputError } from "../core/errors.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { batchItemsMax, checkInteger, checkKey, type Page } from "../core/input.ts";
import { checkDistinct, checkEach } from "../core/items.ts";
import { iterate } from "../core/pages.ts";
import { mapPlan } from "../core/plan.ts";
import { quote } from "../core/quote.ts";
import type { Write } from "../core/write.ts";
import type { Session } from "../session/session.ts";
import { type BlobInfo, noBlob } from "./blob.ts";
import type { ContentBackend } from "./content-backend.ts";
import { backendNamed, blobParts, type BlobParts } from "./parts.ts";
import {
  type BlobDownload,
  type BlobListRequest,
  download,
  type DownloadOptions,
  findBlob,
  listPage,
  readWhole,
} from "./reading.ts";
import { type BlobRef, refTo } from "./refs.ts";
import { type BlobSource, checkSource } from "./source.ts";
import { resolve, spill, type SpillOptions, unspill } from "./spilling.ts";
import { removeBlobs } from "./statements.generated.ts";
import { removeUnused, sweep, type SweepOptions, type SweepResult } from "./sweeping.ts";
import { encodeContentOptions, encodeOptions, type UploadOptions } from "./upload-input.ts";
import { upload, type UploadedBlob } from "./uploading.ts";

export type { BlobInfo } from "./blob.ts";
export type { ContentBackend } from "./content-backend.ts";
export { openBlobBackend } from "./parts.ts";
export type { BlobDownload, BlobListRequest, DownloadOptions } from "./reading.ts";
export { type BlobRef, isBlobRef } from "./refs.ts";
export { type BlobOptions, resolveBlobs, type S3Options } from "./settings.ts";
export type { BlobSource } from "./source.ts";
export type { SpillOptions } from "./spilling.ts";
export { countExpiredBlobs, removeExpiredBlobs } from "./statements.generated.ts";
export type { SweepOptions, SweepResult } from "./sweeping.ts";
export type { UploadOptions } from "./upload-input.ts";
export type { UploadedBlob } from "./uploading.ts";

/** The limit of `bytes` and `text`. */
export interface BlobReadOptions {
  /** Larger blobs are refused before any of it is read; 16 MiB by default. */
  readonly maxBytes?: number;
}

/** How long a link works. */
export interface PresignOptions {
  /** A second to seven days, in whole seconds. */
  readonly ttlMs: number;
}

/**
 * Large bytes under keys. The database describes each blob; its bytes are in PostgreSQL, in a folder or on S3.
 *
 * In a transaction, the description commits with it, and so do bytes in PostgreSQL. In a folder or on S3, the bytes are written earlier,
 * and a sweep removes them after a rollback.
 */
export interface Blobs {
  /**
   * Uploads bytes, text or a stream. They become the key's blob once all of them are stored. Until then, or on failure, the key keeps its
   * blob. Of two uploads of one key, the one that ends last is kept. The stream is always closed. For an HTTP request that is not read to
   * its end, that closes the connection; pipe it through a PassThrough to answer it anyway.
   *
   * @throws InvalidInputError if size or SHA-256 do not match. Errors of the stream pass unchanged.
   */
  upload(key: string, source: BlobSource, options?: UploadOptions): Promise<UploadedBlob>;
  /**
   * Like `upload`, under the SHA-256 of the bytes in hexadecimal. Equal bytes are stored once, for as long as any of their uploads asked.
   */
  uploadByContent(source: BlobSource, options?: Omit<UploadOptions, "ifAbsent">): Promise<UploadedBlob>;
  /**
   * Downloads a blob. The body throws a CorruptError if the bytes differ from the upload.
   *
   * @throws NotFoundError
   */
  download(key: string, options?: DownloadOptions): Promise<BlobDownload>;
  /**
   * All bytes of a small blob.
   *
   * @throws NotFoundError
   * @throws InvalidInputError above `maxBytes`.
   */
  bytes(key: string, options?: BlobReadOptions): Promise<Uint8Array>;
  /** Like `bytes`, decoded as UTF-8. */
  text(key: string, options?: BlobReadOptions): Promise<string>;
  /** The description of a blob; null if there is none, or it has expired. */
  stat(key: string): Promise<BlobInfo | null>;
  /** @throws NotFoundError */
  require(key: string): Promise<BlobInfo>;
  exists(key: string): Promise<boolean>;
  /** By key in byte order, optionally those that begin with `prefix`. */
  list(request?: BlobListRequest): Promise<Page<BlobInfo>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(request?: BlobListRequest): AsyncGenerator<BlobInfo, void, undefined>;
  /** Returns whether there was a blob to remove. The sweep removes its bytes. */
  remove(key: string): Promise<boolean>;
  /** Like `remove`, all or nothing, in input order. */
  removeMany(keys: readonly string[]): Promise<readonly boolean[]>;
  /**
   * A URL that lets anybody read the blob for a while, without Holdfast.
   *
   * @throws InvalidInputError unless its content is on S3.
   * @throws NotFoundError
   */
  presign(key: string, options: PresignOptions): Promise<string>;
  /** A value that refers to a blob, for states and other payloads: to the key, or to exactly the bytes of an upload's outcome. */
  ref(blob: string | Pick<BlobInfo, "key" | "sha256">): BlobRef;
  /**
   * Downloads the blob of a reference.
   *
   * @throws ConflictError if the key has other bytes by now.
   */
  resolve(ref: BlobRef, options?: DownloadOptions): Promise<BlobDownload>;
  /**
   * Returns the value itself if the store's codec encodes it in `aboveBytes` or fewer. Otherwise returns a reference to a blob that holds
   * it.
   */
  spill(value: unknown, options: SpillOptions): Promise<unknown>;
  /** Restores what was given to `spill`. */
  unspill(value: unknown): Promise<unknown>;
  /** Removes expired blobs, and bytes that no blob has any more. Reports blobs without bytes. Not available inside a transaction. */
  sweep(options?: SweepOptions): Promise<SweepResult>;
}

const readOptions: Fields<BlobReadOptions> = fieldsOf<BlobReadOptions>({ maxBytes: true });

const presignOptions: Fields<PresignOptions> = fieldsOf<PresignOptions>({ ttlMs: true });

const maxBytesDefault = 16 * 1024 * 1024;
const linkMs = { min: 1000, max: 7 * 24 * 3600 * 1000 };

/** The `blobs` of a store or of a transaction. Without a backend, the bytes are in PostgreSQL. */
export function blobsOf(session: Session, external: ContentBackend | null): Blobs {
  const parts = blobParts(session, external);
  return { ...uploadingOf(parts), ...readingOf(parts), ...removingOf(parts) };
}

function uploadingOf(parts: BlobParts): Pick<Blobs, "upload" | "uploadByContent" | "spill" | "unspill"> {
  const { codec } = parts.session;
  return {
    upload: async (key, source, options = {}) =>
      upload(parts, {
        key: checkKey(key, "key"),
        source: checkSource(source),
        options: encodeOptions(codec, options),
      }),
    uploadByContent: async (source, options = {}) => {
      const encoded = encodeContentOptions(codec, options);
      return upload(parts, { key: null, source: checkSource(source), options: encoded });
    },
    spill: (value, options) => spill(parts, value, options),
    unspill: (value) => unspill(parts, value),
  };
}

function readingOf(
  parts: BlobParts,
): Pick<
  Blobs,
  "download" | "bytes" | "text" | "stat" | "require" | "exists" | "list" | "iterate" | "presign" | "ref" | "resolve"
> {
  const stat = async (key: string): Promise<BlobInfo | null> =>
    (await findBlob(parts, checkKey(key, "key")))?.info ?? null;
  const bytes = async (key: string, options: BlobReadOptions = {}): Promise<Uint8Array> => {
    const { maxBytes = maxBytesDefault } = readOptions.read(options, "options");
    const bounds = { min: 0, max: Number.MAX_SAFE_INTEGER };
    return readWhole(parts, key, checkInteger(maxBytes, "maxBytes", bounds));
  };
  return {
    download: (key, options) => download(parts, key, options),
    bytes,
    text: async (key, options) => Buffer.from(await bytes(key, options)).toString(),
    stat,
    require: async (key) => {
      const blob = await stat(key);
      if (blob) return blob;
      throw noBlob(key);
    },
    exists: async (key) => (await stat(key)) !== null,
    list: (request = {}) => listPage(parts, request),
    iterate: (request = {}) => iterate(request, "request", (each) => listPage(parts, each)),
    presign: (key, options) => presign(parts, key, options),
    ref: refTo,
    resolve: (ref, options) => resolve(parts, ref, options),
  };
}

function removingOf(parts: BlobParts): Pick<Blobs, "remove" | "removeMany" | "sweep"> {
  const { session } = parts;
  return {
    remove: async (key) => session.write(removeWrite, checkKey(key, "key")),
    removeMany: async (keys) => {
      const checked = checkEach(keys, "keys", checkKey, batchItemsMax);
      return session.writeAll(
        removeWrite,
        checkDistinct(checked, "keys", (key) => key),
      );
    },
    sweep: (options = {}) => sweep(parts, options),
  };
}

async function presign(parts: BlobParts, key: string, options: PresignOptions): Promise<string> {
  checkKey(key, "key");
  const given = presignOptions.read(options, "options");
  const ttlMs = checkInteger(given.ttlMs, "ttlMs", linkMs);
  const found = await findBlob(parts, key);
  if (!found) throw noBlob(key);
  const { backend, contentType } = found.info;
  const link = await backendNamed(parts, backend, key).presign(found.contentId, { contentType, ttlMs });
  if (link !== null) return link;
  throw new InvalidInputError(
    `Blob ${quote(key)} is kept in the backend ${backend}, which has no links: download it, or keep blobs on S3.`,
    { facts: { field: "presign", key, backend } },
  );
}

const removeWrite: Write<string, boolean> = {
  name: "blobs.remove",
  keys: (key) => [`blob\0${key}`],
  plan: (keys) => mapPlan(removeBlobs({ keys }), (rows) => rows.map(({ removed }) => removed)),
};

/**
 * Removes at most `limit` contents that no blob has had for an hour, and those of dead uploads, as a part of retention. Returns their
 * number. Objects without a row in a folder or bucket are left to `sweep`. A copy of the database lacks rows of what its original has
 * stored since, and retention runs automatically.
 */
export function removeUnusedContents(
  session: Session,
  external: ContentBackend | null,
  limit: number,
): Promise<number> {
  return removeUnused(blobParts(session, external), { limit });
}
