import { closeSync, fsyncSync, openSync } from "node:fs";

/** A segment of the write-ahead log under its final name. One that is being made has another, and is synced at once. */
const SEGMENT = /\/pg_wal\/[0-9A-F]{24}$/;

/** The size of PostgreSQL's pages, which begin with the position in the log of their last change. */
const PAGE_BYTES = 8192;
const POSITION_BYTES = 8;

/**
 * The write-ahead log where commits do not wait for the disk.
 *
 * What PostgreSQL asks to sync of the log is synced later, but always before a page of data is written that the log is ahead of.
 * So the folder opens whatever the machine lost, with all commits up to a moment and none after it.
 */
export class DeferredLog {
  readonly #synced: () => void;
  readonly #due = new Set<string>();
  #hasBegun = false;

  /** `synced` is called for each file that was brought to disk. */
  constructor(synced: () => void) {
    this.#synced = synced;
  }

  /** Defers from now on. Before, PostgreSQL recovers from a log that may not be on disk, and everything is synced at once. */
  begin(): void {
    this.#hasBegun = true;
  }

  /** Puts the sync of a file off; false where it is none of the log's, and must not be put off. */
  defer(path: string): boolean {
    if (!this.#hasBegun || !SEGMENT.test(path)) return false;
    this.#due.add(path);
    return true;
  }

  /** Call it before each write of a file that is not the log's. */
  beforeWrite(buffer: Uint8Array, offset: number, length: number): void {
    if (this.#due.size > 0 && !isNewPages(buffer, offset, length)) this.sync();
  }

  /** Brings to disk what was put off. */
  sync(): void {
    for (const path of this.#due) {
      syncFile(path);
      this.#synced();
    }
    this.#due.clear();
  }
}

/** Pages that a table is made longer by: nothing was logged of them yet. */
function isNewPages(buffer: Uint8Array, offset: number, length: number): boolean {
  if (length === 0 || length % PAGE_BYTES !== 0) return false;
  for (let page = offset; page < offset + length; page += PAGE_BYTES) {
    for (let i = page; i < page + POSITION_BYTES; i++) if (buffer[i] !== 0) return false;
  }
  return true;
}

function syncFile(path: string): void {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    // A checkpoint has made it of no use, and removed it or given it another name.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
