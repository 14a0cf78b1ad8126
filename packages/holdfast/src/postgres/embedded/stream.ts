import { Duplex } from "node:stream";
import { type Frame, Framer } from "./frames.ts";
import type { Bytes } from "./protocol.ts";

/** What a stream needs from its database. */
export interface Connection {
  /** Resolves when this stream has the database's one session to itself. */
  connected(stream: WireStream): Promise<void>;
  exchange(bytes: Bytes): Promise<Uint8Array>;
}

/**
 * One client's connection: a Duplex that stands where node-postgres expects a TCP socket.
 *
 * What the client writes while a message is under way travels as one message, and its answers come back as one. So a pipelined batch
 * costs two round trips between the threads at most.
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

  // The other socket methods that node-postgres calls. The worker thread itself keeps the process alive while a reply is awaited.
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
        // There is no TLS inside a process: "N" tells the client so, and it decides.
        this.push("N");
      } else {
        this.#hangUp();
      }
    }
  }

  #reply(bytes: Uint8Array): void {
    // A client that has left receives nothing; its bytes were run anyway, as on a server.
    if (bytes.length === 0 || this.#hungUp || this.destroyed) return;
    this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  #hangUp(): void {
    if (this.#hungUp) return;
    this.#hungUp = true;
    this.push(null);
  }
}
