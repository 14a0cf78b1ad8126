import type { BlobBackend } from "../database/enums.generated.ts";

/** The bytes from `start` to before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Which bytes are read, and for how long anybody waits for them. */
export interface ContentRead extends ByteRange {
  /** From then on nobody does: a backend that asks a server lets go of its connection, and asks no more. */
  readonly signal?: AbortSignal | undefined;
}

/** A content that was begun in a backend and not ended there: what a crash in mid-upload leaves. */
export interface UnfinishedContent {
  readonly id: string;
  /** What the backend knows the upload by, besides its content's id. */
  readonly upload: string;
}

/** How a link to a content is made. */
export interface LinkOptions {
  readonly contentType: string;
  readonly ttlMs: number;
}

/**
 * Where contents keep their bytes. A content is named by its id, is written once and never changed, and knows nothing of blobs.
 *
 * What is wrong with the backend itself is an UnavailableError or InvalidInputError.
 */
export interface ContentBackend {
  readonly name: BlobBackend;
  /**
   * Writes a content; when it resolves, the bytes are there to stay. When it rejects, nothing of them is left, unless the backend
   * could not even be told so; an error of `bytes` is what it rejects with then.
   */
  write(id: string, bytes: AsyncIterable<Uint8Array>, options: { readonly sizeHint: number | null }): Promise<void>;
  /** The bytes of a range that lies within the content. @throws MissingContentError at the first read where there is none. */
  read(id: string, range: ContentRead): AsyncIterable<Uint8Array>;
  /** Removes contents, and takes those that are gone already for removed. */
  remove(ids: readonly string[]): Promise<void>;
  /** A link by which anybody reads the content, or null where the backend has none. */
  presign(id: string, options: LinkOptions): Promise<string | null>;
  /** What is there, for comparing with what should be; null where the schema's own rules keep both together. */
  readonly inventory: ContentInventory | null;
  close(): void;
}

/** At most `limit` contents, by id in byte order, after one. */
export interface InventoryPage {
  readonly after: string;
  readonly limit: number;
}

/** What a backend has, whatever the database says. Everything is below one space: the part of the ids before the slash. */
export interface ContentInventory {
  /** Ids of contents; fewer than `limit` where there are no more. */
  list(space: string, page: InventoryPage): Promise<readonly string[]>;
  has(id: string): Promise<boolean>;
  /** Those that were begun and not ended; fewer than `limit` where there are no more. */
  listUnfinished(space: string, page: InventoryPage): Promise<readonly UnfinishedContent[]>;
  removeUnfinished(contents: readonly UnfinishedContent[]): Promise<void>;
}

/** A content whose bytes are not where they should be. */
export class MissingContentError extends Error {}
