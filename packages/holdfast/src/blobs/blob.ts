import { type Codec, decodeOptional } from "../core/codec.ts";
import type { BlobBackend } from "../core/enums.generated.ts";
import { NotFoundError } from "../core/errors.ts";
import { quote } from "../core/quote.ts";
import type { GetBlobRow } from "./statements.generated.ts";

/** The description of a blob, without its bytes. */
export interface BlobInfo {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  /** In hexadecimal. */
  readonly sha256: string;
  readonly contentType: string;
  /** The JSON that was given with the upload; undefined if none was. */
  readonly metadata: unknown;
  /** The backend of the bytes. */
  readonly backend: BlobBackend;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** From then on it reads as absent; null for never. */
  readonly expiresAt: Date | null;
}

/** A blob, and the content that holds its bytes. */
export interface StoredBlob {
  readonly info: BlobInfo;
  readonly contentId: string;
}

/** Reads a blob from its row. */
export function toBlob(codec: Codec, { contentId, metadata, size, sha256, ...row }: GetBlobRow): StoredBlob {
  return {
    contentId,
    info: {
      ...row,
      size,
      sha256: Buffer.from(sha256).toString("hex"),
      metadata: decodeOptional(codec, metadata),
    },
  };
}

/** The error for a key without a blob. */
export function noBlob(key: string): NotFoundError {
  return new NotFoundError(`Blob ${quote(key)} does not exist, or has expired: upload it first.`, {
    facts: { entity: "blob", key },
  });
}
