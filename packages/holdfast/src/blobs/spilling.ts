import { ConflictError } from "../core/errors.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger, invalid } from "../core/input.ts";
import { quote } from "../core/quote.ts";
import type { BlobParts } from "./parts.ts";
import { type BlobDownload, download, type DownloadOptions, readWhole } from "./reading.ts";
import { type BlobRef, isBlobRef, refTo } from "./refs.ts";
import { encodeUpload, type UploadOptions } from "./upload-input.ts";
import { upload } from "./uploading.ts";

/** When to spill a value, and how long its blob lives. */
export interface SpillOptions extends Pick<UploadOptions, "expiresAt" | "ttlMs" | "signal"> {
  /** A value stays where it is if the store's codec writes it in at most this many bytes. */
  readonly aboveBytes: number;
}

const spillOptions: Fields<SpillOptions> = fieldsOf<SpillOptions>({
  expiresAt: true,
  ttlMs: true,
  signal: true,
  aboveBytes: true,
});

/** The value itself if it is small. Otherwise a reference to a blob with it, under the SHA-256 of the encoded text. */
export async function spill(parts: BlobParts, value: unknown, options: SpillOptions): Promise<unknown> {
  const { aboveBytes, ...rest } = spillOptions.read(options, "options");
  checkInteger(aboveBytes, "aboveBytes", { min: 0, max: Number.MAX_SAFE_INTEGER });
  const { codec } = parts.session;
  const text = codec.encode(value, "value");
  // A value that looks like a reference is always spilled; otherwise unspill would take it for one of its own.
  if (Buffer.byteLength(text) <= aboveBytes && !isBlobRef(value)) return value;
  const uploadOptions = { ...rest, contentType: "application/json", ifAbsent: true };
  const blob = await upload(parts, { key: null, source: text, options: encodeUpload(codec, uploadOptions) });
  return { ...refTo(blob), spilled: true } satisfies BlobRef;
}

/** Restores the value that was given to `spill`. */
export async function unspill(parts: BlobParts, value: unknown): Promise<unknown> {
  if (!isBlobRef(value) || value.spilled !== true) return value;
  const bytes = await readWhole(parts, value.$blob, Number.MAX_SAFE_INTEGER);
  return parts.session.codec.decode(Buffer.from(bytes).toString());
}

/** Downloads the blob of a reference. */
export async function resolve(parts: BlobParts, ref: BlobRef, options?: DownloadOptions): Promise<BlobDownload> {
  if (!isBlobRef(ref)) throw invalid("ref", "is not a reference to a blob: give what `ref` gave");
  const found = await download(parts, ref.$blob, options);
  const { sha256: actual } = found.blob;
  if (ref.sha256 === undefined || ref.sha256 === actual) return found;
  found.body.destroy();
  throw new ConflictError(
    `Blob ${quote(ref.$blob)} has other bytes than the reference means: it was replaced since; refer to it anew.`,
    { facts: { reason: "version", entity: "blob", key: ref.$blob, expected: ref.sha256, actual } },
  );
}
