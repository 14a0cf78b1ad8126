import { dirname } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { DeferredLog } from "./deferred-log.ts";
import { DurableNodeFS } from "./durable-fs.ts";
import { preparedImage } from "./image.ts";
import { LastWords } from "./last-words.ts";
import { COUNTER, type WorkerSettings } from "./messages.ts";
import { type Bytes, COPY_FAIL, joined, sessionState, simpleQuery, sync } from "./protocol.ts";
import { INITDB_ARGUMENTS, startParameters } from "./server-settings.ts";
import { settleTree } from "./settle-tree.ts";
import { syncDirectory } from "./sync-directory.ts";
import { WriteAhead } from "./write-ahead.ts";

/** PGlite's status of the one exception that is part of its normal work: an SQL error on its way to the main loop. */
const SQL_ERROR_STATUS = 100;

/** The embedded PostgreSQL and its one session, as the worker thread runs it. */
export class Server {
  readonly #pglite: PGlite;
  readonly #writeAhead: WriteAhead;
  readonly #counters: Int32Array;
  readonly #deferred: DeferredLog | null;
  #hasSession = false;

  private constructor(pglite: PGlite, counters: Int32Array, deferred: DeferredLog | null) {
    this.#pglite = pglite;
    this.#counters = counters;
    this.#deferred = deferred;
    this.#writeAhead = new WriteAhead(pglite.Module.FS, deferred);
    deferred?.begin();
  }

  /** Opens the folder, or memory; `crashed` is called if PostgreSQL has ended in a way that nothing can run after. */
  static async open(settings: WorkerSettings, crashed: (reason: string) => never): Promise<Server> {
    const counters = new Int32Array(settings.counters);
    const { folder, isNew, durability, postgres } = settings;
    const counted = (): void => void Atomics.add(counters, COUNTER.fsyncs, 1);
    const deferred = durability === "relaxed" ? new DeferredLog(counted) : null;
    const image = isNew ? preparedImage() : null;
    const lastWords = new LastWords();
    const pglite = await PGlite.create({
      ...(folder === null ? {} : { fs: new DurableNodeFS(folder, counted, deferred) }),
      ...(image === null ? {} : { loadDataDir: image }),
      pgliteWasmModule: postgres,
      initDbStartParams: [...INITDB_ARGUMENTS],
      startParams: startParameters(PGlite.defaultStartParams, { fsync: folder !== null }),
      onStderr: (line) => lastWords.hear(line),
    }).catch((cause: unknown) => crashed(lastWords.orElse(cause)));
    stopAtCrash(pglite, (cause) => crashed(lastWords.orElse(cause)));
    if (folder !== null && isNew) {
      settleTree(folder);
      syncDirectory(dirname(folder));
    }
    return new Server(pglite, counters, deferred);
  }

  /** Runs the contents of one client write, and returns PostgreSQL's whole answer. */
  async exchange(bytes: Bytes): Promise<Bytes> {
    if (bytes[0] === 0) await this.#beginSession();
    if (bytes[0] === 0) return this.#run(bytes);
    // In a COPY FROM STDIN PostgreSQL reads on, and treats the end of these bytes as the end of the client, which ends it.
    return this.#run(joined([bytes, COPY_FAIL]));
  }

  /** What to do after this reply was sent: a checkpoint, if one is due and the session is between transactions. */
  restAfter(reply: Bytes): () => Promise<void> {
    if (!this.#writeAhead.checkpointIsDue || sessionState(reply) !== "idle") return async () => {};
    return async () => {
      await this.#run(simpleQuery("checkpoint"));
      this.#writeAhead.checkpointed();
      Atomics.add(this.#counters, COUNTER.checkpoints, 1);
    };
  }

  /** Brings deferred commits to disk. */
  sync(): void {
    this.#deferred?.sync();
  }

  /** Shuts PostgreSQL down with a checkpoint. */
  async close(): Promise<void> {
    await this.#pglite.close();
    this.sync();
  }

  /** All clients use one session in turn: leftovers of the last must not reach the next. */
  async #beginSession(): Promise<void> {
    if (this.#hasSession) {
      for (const message of [sync(), simpleQuery("rollback"), simpleQuery("discard all")]) await this.#run(message);
    }
    this.#hasSession = true;
  }

  async #run(bytes: Bytes): Promise<Bytes> {
    const chunks: Uint8Array[] = [];
    // The chunks are views of PostgreSQL's memory, so they are copied before it continues. The stream variant is used because the other
    // one parses every message, which nobody here reads.
    await this.#pglite.execProtocolRawStream(bytes, {
      syncToFs: false,
      onRawData: (chunk) => chunks.push(chunk.slice()),
    });
    return joined(chunks);
  }
}

/**
 * PGlite continues after every exception, even when PostgreSQL has exited or run out of memory, and then works on corrupt state. So the
 * thread is ended instead: PostgreSQL recovers from its log as after a crash.
 */
function stopAtCrash(pglite: PGlite, crashed: (cause: unknown) => never): void {
  const server = pglite.Module;
  const runOnce = server._PostgresMainLoopOnce;
  server._PostgresMainLoopOnce = () => {
    try {
      runOnce();
    } catch (error) {
      if (isSqlError(error)) throw error;
      crashed(error);
    }
  };
}

function isSqlError(error: unknown): boolean {
  return typeof error === "object" && error !== null && "status" in error && error.status === SQL_ERROR_STATUS;
}
