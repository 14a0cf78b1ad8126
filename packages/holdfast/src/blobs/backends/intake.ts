import type { Readable } from "node:stream";

/** How many bytes to read ahead of the reader, and how long the body's connection waits after that. */
export interface IntakeLimits {
  readonly bytesAhead: number;
  readonly waitMs: number;
}

/**
 * Reads a response body as it arrives. If the reader is slow, the body waits, and is released soon. It then ends early, and holds no
 * connection.
 */
export class Intake {
  readonly #body: Readable;
  readonly #bytesAhead: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #isOver = false;
  #failure: { readonly reason: unknown } | null = null;
  #wake: () => void = () => undefined;
  #waiting: NodeJS.Timeout | null = null;

  constructor(body: Readable, { bytesAhead, waitMs }: IntakeLimits) {
    this.#body = body;
    this.#bytesAhead = bytesAhead;
    body.on("data", (piece: Uint8Array) => {
      this.#pieces.push(piece);
      this.#bytes += piece.byteLength;
      if (this.#bytes >= this.#bytesAhead && this.#waiting === null) {
        body.pause();
        this.#waiting = setTimeout(() => this.close(), waitMs).unref();
      }
      this.#wake();
    });
    body.on("error", (reason) => {
      this.#failure ??= { reason };
      this.#end();
    });
    body.on("close", () => this.#end());
    body.on("end", () => this.#end());
    // A body that ended before emits nothing any more.
    if (body.errored) this.#failure = { reason: body.errored };
    if (body.destroyed) this.#end();
  }

  /**
   * Returns what has arrived since, and never nothing before the body has ended.
   *
   * @throws The body's own failure, after everything that came before it.
   */
  async take(): Promise<readonly Uint8Array[]> {
    if (this.#pieces.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const pieces = this.#pieces;
    if (pieces.length === 0 && this.#failure !== null) throw this.#failure.reason;
    this.#pieces = [];
    this.#bytes = 0;
    if (this.#waiting !== null) {
      clearTimeout(this.#waiting);
      this.#waiting = null;
      this.#body.resume();
    }
    return pieces;
  }

  /** Releases the body. */
  close(): void {
    if (this.#waiting !== null) clearTimeout(this.#waiting);
    this.#end();
    this.#body.destroy();
  }

  #end(): void {
    this.#isOver = true;
    this.#wake();
  }
}
