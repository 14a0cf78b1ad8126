import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkInteger, invalid } from "../database/input.ts";
import { ConflictError } from "../errors.ts";
import { quote } from "../quote.ts";
import type { BlobParts } from "./parts.ts";
import { download, type BlobDownload, type DownloadOptions, readWhole } from "./reading.ts";
import { type BlobRef, isBlobRef, refTo } from "./refs.ts";
import { encodeUpload, type UploadOptions } from "./upload-input.ts";
import { upload } from "./uploading.ts";

/** When a value is spilled, and for how long its blob lives. */
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

/** The value itself where it is small, and else a reference to a blob that has it, under the SHA-256 of what was written. */
export async function spill(parts: BlobParts, value: unknown, options: SpillOptions): Promise<unknown> {
  const { aboveBytes, ...rest } = spillOptions.read(options, "options");
  checkInteger(aboveBytes, "aboveBytes", { min: 0, max: Number.MAX_SAFE_INTEGER });
  const { codec } = parts.session;
  const text = codec.encode(value, "value");
  // What looks like a reference is spilled however small it is, or unspill would take it for one of its own.
  if (Buffer.byteLength(text) <= aboveBytes && !isBlobRef(value)) return value;
  const uploadOptions = { ...rest, contentType: "application/json", ifAbsent: true };
  const blob = await upload(parts, { key: null, source: text, options: encodeUpload(codec, uploadOptions) });
  return { ...refTo(blob), spilled: true } satisfies BlobRef;
}

/** The value that was given to `spill`. */
export async function unspill(parts: BlobParts, value: unknown): Promise<unknown> {
  if (!isBlobRef(value) || value.spilled !== true) return value;
  const bytes = await readWhole(parts, value.$blob, Number.MAX_SAFE_INTEGER);
  return parts.session.codec.decode(Buffer.from(bytes).toString());
}

/** A download of what a reference means. */
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
