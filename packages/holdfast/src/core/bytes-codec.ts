import { createHash } from "node:crypto";
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
} from "node:zlib";
import { CorruptError } from "./errors.ts";

/** The most bytes of one payload. Its text in a statement is twice as long, and memory must hold some copies of it. */
export const payloadBytesMax: number = 16 * 1024 * 1024;

/** Bytes as they are stored, and what was done to them: names in order, separated by spaces, or nothing. */
export interface EncodedBytes {
  readonly bytes: Uint8Array;
  readonly encoding: string;
}

/** Stored bytes, with their stored digests if these must be verified. */
export interface StoredBytes extends EncodedBytes {
  readonly digests?: readonly string[] | undefined;
}

/**
 * Writes and reads payloads that are bytes (those of snapshots and checkpoints).
 *
 * `place` names where the bytes belong, so that a codec can make sure that they are read nowhere else.
 */
export interface BytesCodec {
  encode(bytes: Uint8Array, place: string): EncodedBytes;
  /** Throws a CorruptError if the bytes have changed: `plainBytes` checks the digests, an encrypting codec its own tag. */
  decode(stored: StoredBytes, place: string): Uint8Array;
  /**
   * Digests in visible ASCII. Two payloads of one place are the same if they have a digest in common. A codec with several keys returns
   * several.
   */
  digests(bytes: Uint8Array, place: string): readonly string[];
}

interface Compression {
  compress(bytes: Uint8Array): Uint8Array;
  expand(bytes: Uint8Array): Uint8Array;
}

/** The name of a compression that every Node.js has. */
export type CompressionName = "brotli" | "deflate" | "gzip";

const bounded = { maxOutputLength: payloadBytesMax };
/** The default suits files that are compressed once, and takes many times as long. */
const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

/** Compressions by name. Every codec reads all of them. */
export const compressions: Readonly<Record<CompressionName, Compression>> = {
  brotli: {
    compress: (bytes) => brotliCompressSync(bytes, quick),
    expand: (bytes) => brotliDecompressSync(bytes, bounded),
  },
  deflate: { compress: (bytes) => deflateSync(bytes), expand: (bytes) => inflateSync(bytes, bounded) },
  gzip: { compress: (bytes) => gzipSync(bytes), expand: (bytes) => gunzipSync(bytes, bounded) },
};

/** The default codec of bytes, which stores them as they are. */
export const plainBytes: BytesCodec = {
  // A copy, because the caller may change its own before it is sent.
  encode: (bytes) => ({ bytes: new Uint8Array(bytes), encoding: "" }),
  decode: ({ bytes, encoding, digests }, place) => {
    if (encoding === "") return new Uint8Array(verified(bytes, place, digests));
    const { name, before } = lastDone(encoding);
    if (!Object.hasOwn(compressions, name)) {
      throw new CorruptError(
        `A stored payload was written with ${name}: open the store with the codec that wrote it.`,
        {
          facts: { encoding },
        },
      );
    }
    const expanded = compressions[name as CompressionName].expand(bytes);
    return plainBytes.decode({ bytes: expanded, encoding: before, digests }, place);
  },
  digests: (bytes, place) => [digestOf(bytes, place)],
};

function digestOf(bytes: Uint8Array, place: string): string {
  return createHash("sha256").update(`${place}\0`).update(bytes).digest("base64url");
}

function verified(bytes: Uint8Array, place: string, digests: readonly string[] | undefined): Uint8Array {
  if (digests === undefined || digests.includes(digestOf(bytes, place))) return bytes;
  throw new CorruptError(
    `A stored payload of ${bytes.byteLength} bytes is not what was written, as its digest says: restore it from a backup, or open the ` +
      "store with the codec that wrote it.",
    { facts: { bytes: bytes.byteLength } },
  );
}

/** The last name of an encoding, which is undone first, and the names before it. */
export function lastDone(encoding: string): { readonly name: string; readonly before: string } {
  const at = encoding.lastIndexOf(" ");
  return { name: encoding.slice(at + 1), before: at === -1 ? "" : encoding.slice(0, at) };
}

/** An encoding with one more name at its end. */
export function withDone(encoding: string, name: string): string {
  return encoding === "" ? name : `${encoding} ${name}`;
}
