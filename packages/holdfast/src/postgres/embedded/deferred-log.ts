import { closeSync, fsyncSync, openSync } from "node:fs";

/** A segment of the write-ahead log under its final name. A new one has another name, and is synced at once. */
const SEGMENT = /\/pg_wal\/[0-9A-F]{24}$/;

/** The size of PostgreSQL's pages, which begin with the log position of their last change. */
const PAGE_BYTES = 8192;
const POSITION_BYTES = 8;

/**
 * The write-ahead log if commits do not wait for the disk.
 *
 * PostgreSQL's syncs of the log are deferred, but always done before a data page is written whose change the log on disk lacks. So the
 * folder opens whatever the machine lost, with all commits up to a moment and none after it.
 */
export class DeferredLog {
  readonly #synced: () => void;
  readonly #due = new Set<string>();
  #hasBegun = false;

  /** `synced` is called for each file that was brought to disk. */
  constructor(synced: () => void) {
    this.#synced = synced;
  }

  /** Defers from now on. Before that, PostgreSQL recovers from a log that may not be on disk, and everything is synced at once. */
  begin(): void {
    this.#hasBegun = true;
  }

  /** Defers the sync of a file; false if it is not part of the log, and must not be deferred. */
  defer(path: string): boolean {
    if (!this.#hasBegun || !SEGMENT.test(path)) return false;
    this.#due.add(path);
    return true;
  }

  /** Call it before each write of a file outside the log. */
  beforeWrite(buffer: Uint8Array, offset: number, length: number): void {
    if (this.#due.size > 0 && !isNewPages(buffer, offset, length)) this.sync();
  }

  /** Brings the deferred files to disk. */
  sync(): void {
    for (const path of this.#due) {
      syncFile(path);
      this.#synced();
    }
    this.#due.clear();
  }
}

/** Pages that extend a table: nothing was logged about them yet. */
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
    // A checkpoint has made it obsolete, and removed or renamed it.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
