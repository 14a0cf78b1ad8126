import type { Duplex } from "node:stream";
import { UnavailableError } from "../../core/errors.ts";
import type { Durability } from "../connection/connection-options.ts";
import type { EmbeddedFiles } from "./embedded-files.ts";
import type { Embedded, EmbeddedStats } from "./embedded-port.ts";
import { finishFolder, prepareFolder } from "./folder.ts";
import type { FolderLock } from "./lock.ts";
import { COUNTER } from "./messages.ts";
import { OneSession } from "./one-session.ts";
import { postgresModule } from "./postgres-module.ts";
import { WireStream } from "./stream.ts";
import { WorkerHost } from "./worker-host.ts";

interface Place {
  readonly folder: string | null;
  /** "none" in memory. */
  readonly durability: Durability | "none";
  readonly files: EmbeddedFiles;
}

/** The embedded database over its worker thread. There is one thread at a time; on a folder another one follows if it dies. */
export class EmbeddedDatabase implements Embedded {
  readonly #place: Place;
  readonly #lock: FolderLock | null;
  readonly #session = new OneSession();
  readonly #counters = new SharedArrayBuffer(Object.keys(COUNTER).length * Int32Array.BYTES_PER_ELEMENT);
  /** The thread that runs, or that is being started. */
  #host: Promise<WorkerHost> | null = null;
  /** Why no thread will run again. */
  #over: UnavailableError | null = null;
  #closing: Promise<void> | null = null;
  /** Resolves when the last thread no longer touches the folder. */
  #gone: Promise<void> = Promise.resolve();

  constructor(place: Place, lock: FolderLock | null) {
    this.#place = place;
    this.#lock = lock;
  }

  /** Starts the first thread, and creates the database if there is none. */
  async open(): Promise<void> {
    await this.#running();
  }

  stream(): Duplex {
    return new WireStream({
      connected: async (stream) => {
        await this.#session.take(stream);
        await this.#running();
      },
      exchange: async (bytes) => (await this.#running()).exchange(bytes),
    });
  }

  async restart(reason: string): Promise<void> {
    if (this.#over !== null) throw this.#over;
    const host = await this.#host?.catch(() => null);
    const inMemory = this.#place.folder === null;
    const error = new UnavailableError(`The embedded database was restarted: ${reason}.`, { retryable: !inMemory });
    await host?.kill(error);
    if (!inMemory) await this.#running();
  }

  stats(): EmbeddedStats {
    const counters = new Int32Array(this.#counters);
    return {
      fsyncs: Atomics.load(counters, COUNTER.fsyncs),
      checkpoints: Atomics.load(counters, COUNTER.checkpoints),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#over ??= new UnavailableError("The embedded database is closed; open it again.");
    try {
      const host = await this.#host?.catch(() => null);
      await host?.stop();
    } finally {
      this.#session.end(this.#over);
      await this.#lock?.release();
    }
  }

  #running(): Promise<WorkerHost> {
    if (this.#over !== null) return Promise.reject(this.#over);
    this.#host ??= this.#start();
    return this.#host;
  }

  async #start(): Promise<WorkerHost> {
    const { folder, durability, files } = this.#place;
    try {
      const postgres = await postgresModule(files.wasm);
      // Two threads on one folder would corrupt it, so the new one waits until the old one is gone.
      await this.#gone;
      const isNew = folder === null || prepareFolder(folder);
      const host = new WorkerHost(files.worker, { folder, isNew, durability, postgres, counters: this.#counters });
      this.#gone = host.gone;
      await host.ready;
      if (folder !== null && isNew) finishFolder(folder);
      void host.ended.then((error) => this.#ended(error));
      return host;
    } catch (error) {
      this.#host = null;
      throw error;
    }
  }

  /** Notes that the thread has ended, for any reason. On a folder the next call starts another one. */
  #ended(error: UnavailableError): void {
    this.#host = null;
    if (this.#place.folder === null) {
      this.#over ??= new UnavailableError(
        `${error.message.replace(/\.$/, "")}; its data was in memory only and is lost, so open a new one.`,
        { cause: error },
      );
    }
    this.#session.end(this.#over ?? error);
  }
}
