import type { BlobBackend } from "../core/enums.generated.ts";

/** The bytes from `start` to before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The bytes to read, and how long anybody waits for them. */
export interface ContentRead extends ByteRange {
  /** Aborted when nobody waits any more. A backend then closes its connection to a server, and sends no more requests. */
  readonly signal?: AbortSignal | undefined;
}

/** A content that was begun in a backend and never finished, as after a crash during an upload. */
export interface UnfinishedContent {
  readonly id: string;
  /** The backend's name of the upload, besides its content's id. */
  readonly upload: string;
}

/** Options of a link to a content. */
export interface LinkOptions {
  readonly contentType: string;
  readonly ttlMs: number;
}

/**
 * Stores the bytes of contents. A content is named by its id, written once and never changed, and knows nothing of blobs.
 *
 * A fault of the backend itself is an UnavailableError or InvalidInputError.
 */
export interface ContentBackend {
  readonly name: BlobBackend;
  /**
   * Writes a content. Once this resolves, the bytes are durable. If it rejects, nothing of them is left, unless the backend could not be
   * reached. An error of `bytes` passes unchanged.
   */
  write(id: string, bytes: AsyncIterable<Uint8Array>, options: { readonly sizeHint: number | null }): Promise<void>;
  /**
   * The bytes of a range within the content.
   *
   * @throws MissingContentError at the first read if the content does not exist.
   */
  read(id: string, range: ContentRead): AsyncIterable<Uint8Array>;
  /** Removes contents. A missing one counts as removed. */
  remove(ids: readonly string[]): Promise<void>;
  /** A link that lets anybody read the content, or null if the backend has none. */
  presign(id: string, options: LinkOptions): Promise<string | null>;
  /** What exists, to compare with what should; null if the schema's own rules keep both consistent. */
  readonly inventory: ContentInventory | null;
  close(): void;
}

/** At most `limit` contents, by id in byte order, after one. */
export interface InventoryPage {
  readonly after: string;
  readonly limit: number;
}

/** Lists the contents of a backend, whatever the database says. Everything is below one space: the part of the ids before the slash. */
export interface ContentInventory {
  /** Ids of contents; fewer than `limit` if there are no more. */
  list(space: string, page: InventoryPage): Promise<readonly string[]>;
  has(id: string): Promise<boolean>;
  /** Contents that were begun and never finished; fewer than `limit` if there are no more. */
  listUnfinished(space: string, page: InventoryPage): Promise<readonly UnfinishedContent[]>;
  removeUnfinished(contents: readonly UnfinishedContent[]): Promise<void>;
}

/** A content whose bytes are missing. */
export class MissingContentError extends Error {}
