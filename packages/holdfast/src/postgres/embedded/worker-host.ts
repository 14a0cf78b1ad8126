import { Worker } from "node:worker_threads";
import { UnavailableError } from "../../core/errors.ts";
import type { FromWorker, ToWorker, WorkerSettings } from "./messages.ts";
import type { Bytes } from "./protocol.ts";

/**
 * PostgreSQL refuses deep nesting by its own stack limit. The thread's stack must be larger, or the thread dies first. It dies with the 4
 * MB of Node.js, and not with 16.
 */
const STACK_MB = 32;

interface Pending {
  resolve(bytes: Bytes): void;
  reject(error: UnavailableError): void;
}

/** One worker thread from its start to its end. It is never restarted; a restart creates another one. */
export class WorkerHost {
  /** Resolves when PostgreSQL answers; rejects when it cannot be started. */
  readonly ready: Promise<void>;
  /** Resolves, with the reason, as soon as no more exchanges will be answered. */
  readonly ended: Promise<UnavailableError>;
  /** Resolves when the thread no longer exists, so that it cannot touch the folder. */
  readonly gone: Promise<void>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #tellEnd: (error: UnavailableError) => void = () => {};
  #error: UnavailableError | null = null;
  #closing = false;
  #lastId = 0;

  constructor(file: URL, settings: WorkerSettings) {
    this.#worker = new Worker(file, {
      workerData: settings,
      ...(isProgramText && { execArgv: [] }),
      resourceLimits: { stackSizeMb: STACK_MB },
    });
    this.ready = new Promise((resolve, reject) => {
      this.#pending.set(READY_ID, { resolve: () => resolve(), reject });
    });
    this.ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
    this.gone = new Promise((resolve) => this.#worker.once("exit", () => resolve()));
    this.#worker.on("message", (message: FromWorker) => this.#receive(message));
    this.#worker.on("error", (cause) => this.#fail(unavailable(cause.message, cause)));
    this.#worker.on("exit", (code) => this.#fail(unavailable(`its thread ended with code ${code}`)));
  }

  /** Sends bytes and returns the answer. While one is awaited the process stays alive; otherwise the thread lets it end. */
  exchange(bytes: Bytes): Promise<Bytes> {
    if (this.#error !== null) return Promise.reject(this.#error);
    if (this.#pending.size === 0) this.#worker.ref();
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#send({ kind: "exchange", id, bytes }, [bytes.buffer]);
    });
  }

  /** Lets PostgreSQL write its checkpoint and end. */
  async stop(): Promise<void> {
    this.#closing = true;
    this.#worker.ref();
    this.#send({ kind: "close" });
    await this.ended;
    await this.#worker.terminate();
  }

  /** Ends the thread at once, in the middle of whatever it does. */
  async kill(error: UnavailableError): Promise<void> {
    this.#fail(error);
    await this.#worker.terminate();
  }

  /** Marks it ended and fails pending exchanges. Only the first reason counts. */
  #fail(error: UnavailableError): void {
    if (this.#error !== null) return;
    this.#error = error;
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
    this.#tellEnd(error);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case "ready":
        this.#settle(READY_ID, new Uint8Array(0));
        break;
      case "reply":
        this.#settle(message.id, message.bytes);
        break;
      case "closed":
        this.#fail(new UnavailableError("The embedded database is closed; open it again."));
        break;
      case "failed":
        this.#fail(unavailable(message.reason));
    }
  }

  #settle(id: number, bytes: Bytes): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0 && !this.#closing) this.#worker.unref();
    pending?.resolve(bytes);
  }

  #send(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

/** The first pending answer is not an exchange but the start. */
const READY_ID = 0;

/**
 * The thread inherits the process's flags, and must not be given them: a thread may not be given V8's, such as `--max-old-space-size`.
 * But it must not inherit `--input-type`, which belongs to a program given as text, because the worker is a file.
 */
const isProgramText = process.execArgv.some((flag) => flag.startsWith("--input-type"));

function unavailable(reason: string, cause?: unknown): UnavailableError {
  return new UnavailableError(`The embedded database stopped: ${reason.replace(/\.$/, "")}.`, {
    retryable: true,
    cause,
  });
}
