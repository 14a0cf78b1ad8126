import { Duplex } from "node:stream";
import { Framer, type Frame } from "./frames.ts";
import type { Bytes } from "./protocol.ts";

/** What a stream needs of the database behind it. */
export interface Connection {
  /** Resolves when this stream has the database's one session to itself. */
  connected(stream: WireStream): Promise<void>;
  exchange(bytes: Bytes): Promise<Uint8Array>;
}

/**
 * One client's connection: a Duplex that stands where node-postgres expects a TCP socket.
 *
 * What the client corked together travels as one message to the database and comes back as one, so a pipelined batch costs
 * one round trip between the threads.
 */
export class WireStream extends Duplex {
  readonly #connection: Connection;
  readonly #framer = new Framer();
  #hungUp = false;

  constructor(connection: Connection) {
    super({ decodeStrings: true });
    this.#connection = connection;
  }

  /** Called by node-postgres as on a socket; the addresses mean nothing here. */
  connect(): this {
    this.#connection.connected(this).then(
      () => this.emit("connect"),
      (error: Error) => this.destroy(error),
    );
    return this;
  }

  // What else node-postgres calls on a socket. The worker thread keeps the process alive by itself while a reply is awaited.
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#forward([chunk], done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#forward(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#hangUp();
    done();
  }

  #forward(chunks: readonly Buffer[], done: (error?: Error | null) => void): void {
    this.#answer(this.#framer.take(chunks)).then(() => done(), done);
  }

  async #answer(frames: readonly Frame[]): Promise<void> {
    for (const frame of frames) {
      if (frame.kind === "startup" || frame.kind === "messages") {
        this.#reply(await this.#connection.exchange(frame.bytes));
      } else if (frame.kind === "encryption") {
        // There is none inside a process: "N" tells the client so, and it decides.
        this.push("N");
      } else {
        this.#hangUp();
      }
    }
  }

  #reply(bytes: Uint8Array): void {
    // A client that has left gets nothing; its bytes were run all the same, as on a server.
    if (bytes.length === 0 || this.#hungUp || this.destroyed) return;
    this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  #hangUp(): void {
    if (this.#hungUp) return;
    this.#hungUp = true;
    this.push(null);
  }
}
