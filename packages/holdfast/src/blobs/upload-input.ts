import { type Codec, encodeOptional, type JsonText } from "../core/codec.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger, checkOptionalBoolean, checkOptionalInstant, checkText, invalid } from "../core/input.ts";
import { checkSignal } from "../session/call-limits.ts";

/** The options of an upload, besides its key and bytes. */
export interface UploadOptions {
  /** "application/octet-stream" by default. */
  readonly contentType?: string;
  /** JSON that is stored with the blob. */
  readonly metadata?: unknown;
  /** From then on the blob reads as absent. Alternatively `ttlMs`, counted by the database from the end of the upload. */
  readonly expiresAt?: Date;
  readonly ttlMs?: number;
  /** The expected digest of the bytes, in hexadecimal. Other bytes are refused, and nothing of them is left. */
  readonly sha256?: string;
  /** The expected number of bytes. Required for streams above 48 GiB to S3, whose parts must be larger. */
  readonly size?: number;
  /** Whether an existing blob stays. */
  readonly ifAbsent?: boolean;
  /** Gives the upload up, also while its stream is silent. */
  readonly signal?: AbortSignal;
}

/** An upload's options, checked and encoded. */
export interface EncodedOptions {
  readonly contentType: string;
  readonly metadata: JsonText | null;
  readonly expiresAt: Date | null;
  readonly ttlMs: number | null;
  readonly sha256: string | null;
  readonly size: number | null;
  readonly ifAbsent: boolean;
  readonly signal: AbortSignal | undefined;
}

const contentTypeDefault = "application/octet-stream";
const contentTypeMax = 255;
const ttlMsMax = 10 * 366 * 24 * 3600 * 1000;
/** The most that one S3 object holds: 5 TiB. */
const sizeMax = 5 * 1024 ** 4;

/** The options of an upload whose key is its digest. */
type ContentUploadOptions = Omit<UploadOptions, "ifAbsent">;

const contentNames = {
  contentType: true,
  metadata: true,
  expiresAt: true,
  ttlMs: true,
  sha256: true,
  size: true,
  signal: true,
} as const;

const contentOptions: Fields<ContentUploadOptions> = fieldsOf<ContentUploadOptions>(contentNames);

const uploadOptions: Fields<UploadOptions> = fieldsOf<UploadOptions>({ ...contentNames, ifAbsent: true });

/** Checks an upload's options before a byte is read. */
export function encodeOptions(codec: Codec, options: UploadOptions): EncodedOptions {
  return encodeUpload(codec, uploadOptions.read(options, "options"));
}

/** Like {@link encodeOptions}, for an upload whose key is its digest. */
export function encodeContentOptions(codec: Codec, options: ContentUploadOptions): EncodedOptions {
  return encodeUpload(codec, { ...contentOptions.read(options, "options"), ifAbsent: true });
}

/** Checks and encodes options whose names are known. */
export function encodeUpload(codec: Codec, options: UploadOptions): EncodedOptions {
  const { contentType, metadata, expiresAt, ttlMs, sha256, size, ifAbsent, signal } = options;
  if (expiresAt !== undefined && ttlMs !== undefined) {
    throw invalid("expiresAt", "and ttlMs both say when the blob expires: give one of them");
  }
  return {
    contentType: contentType === undefined ? contentTypeDefault : checkContentType(contentType),
    metadata: encodeOptional(codec, metadata, "metadata"),
    expiresAt: checkOptionalInstant(expiresAt, "expiresAt"),
    ttlMs: ttlMs === undefined ? null : checkInteger(ttlMs, "ttlMs", { min: 1, max: ttlMsMax }),
    sha256: sha256 === undefined ? null : checkSha256(sha256, "sha256"),
    size: size === undefined ? null : checkInteger(size, "size", { min: 0, max: sizeMax }),
    ifAbsent: checkOptionalBoolean(ifAbsent, "ifAbsent") ?? false,
    signal: checkSignal(signal),
  };
}

/** A SHA-256 in hexadecimal, in lower case. */
export function checkSha256(value: unknown, field: string): string {
  const digest = checkText(value, field).toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digest)) return digest;
  throw invalid(field, "is not a SHA-256 in hexadecimal: give 64 digits");
}

/** It becomes a header of downloads, and must not end it early. */
function checkContentType(value: unknown): string {
  const type = checkText(value, "contentType");
  if (/^[!-~]+\/[ -~]*[!-~]$/.test(type) && type.length <= contentTypeMax) return type;
  throw invalid(
    "contentType",
    `is not a media type of at most ${contentTypeMax} characters: give one, as "text/plain"`,
  );
}
