import type { Duplex } from "node:stream";

/** A PostgreSQL inside this process, reached by node-postgres through a stream instead of a socket. */
export interface Embedded {
  /**
   * The transport of a new connection: a Duplex that carries the PostgreSQL wire protocol, to be given to node-postgres as
   * `stream`. There is one session, so a stream connects when the one before it is closed; use a pool of one client.
   */
  stream(): Duplex;
  /**
   * Ends a statement that runs too long: stops the thread and starts it again on the same folder, where PostgreSQL recovers as after a
   * crash. In memory all data ends with the thread: every later call rejects with an UnavailableError.
   */
  restart(reason: string): Promise<void>;
  /** The counts since the database was opened. */
  stats(): EmbeddedStats;
  /** Makes a checkpoint, stops the thread and releases the folder. A second call does nothing. */
  close(): Promise<void>;
}

/** Counts that show what the embedded database does. */
export interface EmbeddedStats {
  /** How often the operating system was asked to bring a file or directory to disk, and said that it did. */
  readonly fsyncs: number;
  /** How many checkpoints were made between transactions to bound the write-ahead log. */
  readonly checkpoints: number;
}

/** Where the data is kept and what a commit promises. */
export interface EmbeddedSettings {
  /** The folder for the data, created if it is missing; null keeps the data in memory. */
  readonly folder: string | null;
  /** "full": a commit is on disk when it is acknowledged. "relaxed": within a second, and at `close`. */
  readonly durability: "full" | "relaxed";
}
