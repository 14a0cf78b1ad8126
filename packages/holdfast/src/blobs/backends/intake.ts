import type { Readable } from "node:stream";

/** How many bytes are taken in ahead of who reads them, and for how long the body's connection then waits. */
export interface Patience {
  readonly bytesAhead: number;
  readonly waitMs: number;
}

/**
 * Takes in the body of a response as it comes. Where its reader takes its time, the body waits, and is let go soon: then it ends early,
 * and holds no connection any more.
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

  constructor(body: Readable, { bytesAhead, waitMs }: Patience) {
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
    // A body that was over before says nothing any more.
    if (body.errored) this.#failure = { reason: body.errored };
    if (body.destroyed) this.#end();
  }

  /** What has come since, and never nothing before the body is over. @throws What the body failed with, after all that came before. */
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

  /** Lets the body go. */
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
