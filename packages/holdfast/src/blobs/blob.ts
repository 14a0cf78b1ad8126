import { type Codec, decodeOptional } from "../database/codec.ts";
import type { BlobBackend } from "../database/enums.generated.ts";
import { checkTextOf } from "../database/input.ts";
import { NotFoundError } from "../errors.ts";
import { quote } from "../quote.ts";
import type { GetBlobRow } from "./statements.generated.ts";

/** How many bytes a blob's key has, which is also what the schema checks: at most as many as S3 takes. */
const keyBytes = { min: 1, max: 1024 } as const;

/** What is known of a blob without its bytes. */
export interface BlobInfo {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  /** In hexadecimal. */
  readonly sha256: string;
  readonly contentType: string;
  /** The JSON that was given with the upload; undefined where none was. */
  readonly metadata: unknown;
  /** Where the bytes are. */
  readonly backend: BlobBackend;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** From when on it reads as absent; null for never. */
  readonly expiresAt: Date | null;
}

/** A blob, and the content that holds its bytes. */
export interface StoredBlob {
  readonly info: BlobInfo;
  readonly contentId: string;
}

/** A row, read. */
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

/** A blob's key: text of 1 to 1,024 bytes of UTF-8. */
export function checkKey(value: unknown, field: string): string {
  return checkTextOf(value, field, keyBytes);
}

/** The error for a key that has no blob. */
export function noBlob(key: string): NotFoundError {
  return new NotFoundError(`Blob ${quote(key)} does not exist, or has expired: upload it first.`, {
    facts: { entity: "blob", key },
  });
}
