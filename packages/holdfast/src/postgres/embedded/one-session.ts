import { UnavailableError } from "../../core/errors.ts";
import type { WireStream } from "./stream.ts";

/** How long a stream waits for the previous one to close: as long as a pool waits for a connection by default. */
const WAIT_MS = 5_000;

/** Gives the database's one session to one stream at a time. */
export class OneSession {
  #holder: WireStream | null = null;
  readonly #waiting: (() => void)[] = [];

  /** Resolves when the stream has the session, which it keeps until it closes. */
  async take(stream: WireStream): Promise<void> {
    const deadline = performance.now() + WAIT_MS;
    while (this.#holder !== null) {
      const left = deadline - performance.now();
      if (left <= 0) {
        throw new UnavailableError(
          "The embedded database has one connection, and it is in use; close the other client or use a pool of one.",
          { retryable: true },
        );
      }
      await this.#change(left);
    }
    if (stream.destroyed) return;
    this.#holder = stream;
    stream.once("close", () => this.#free(stream));
  }

  /** Closes the stream that has the session, with the reason. */
  end(error: UnavailableError): void {
    this.#holder?.destroy(error);
    if (this.#holder !== null) this.#free(this.#holder);
  }

  #free(stream: WireStream): void {
    if (this.#holder !== stream) return;
    this.#holder = null;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #change(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
