import type { DeferredLog } from "./deferred-log.ts";

/** The amount of write-ahead log after which a checkpoint is due. It bounds both the folder and the recovery time (about 1 s). */
const CHECKPOINT_AFTER_BYTES = 32 * 1024 * 1024;

interface OpenFile {
  readonly path?: string;
  /** Kept on the file itself, so that a write costs no search in its path. */
  isWriteAhead?: boolean;
}

/** The part of Emscripten's file system that sees every write, on a folder and in memory alike. */
interface Writes {
  write(file: OpenFile, ...how: readonly [buffer: Uint8Array, offset: number, length: number, ...unknown[]]): number;
}

/**
 * Tells when a checkpoint is due.
 *
 * In single-user mode PostgreSQL never starts a checkpoint by itself (neither by time nor by `max_wal_size`). Without this, the
 * write-ahead log would grow until the disk, or the memory, is full.
 */
export class WriteAhead {
  #bytes = 0;

  /** `deferred` is given if commits do not wait for the disk. */
  constructor(fileSystem: unknown, deferred: DeferredLog | null) {
    const writes = writesOf(fileSystem);
    const write = writes.write.bind(writes);
    writes.write = (file, ...how) => {
      const [buffer, offset, length] = how;
      file.isWriteAhead ??= file.path?.includes("/pg_wal/") ?? false;
      if (file.isWriteAhead) this.#bytes += length;
      else deferred?.beforeWrite(buffer, offset, length);
      return write(file, ...how);
    };
  }

  get checkpointIsDue(): boolean {
    return this.#bytes >= CHECKPOINT_AFTER_BYTES;
  }

  checkpointed(): void {
    this.#bytes = 0;
  }
}

function writesOf(fileSystem: unknown): Writes {
  if (typeof fileSystem === "object" && fileSystem !== null && "write" in fileSystem) return fileSystem as Writes;
  throw new Error("PGlite's file system has changed: this release of Holdfast cannot watch its write-ahead log.");
}
