import { UnavailableError } from "../core/errors.ts";

/** The calls under way, so that closing can wait for the last of them and refuse later ones. */
export class OpenCalls {
  #count = 0;
  #isClosed = false;
  #onLast = (): void => undefined;

  /** @throws UnavailableError after `close`. */
  async during<T>(call: () => Promise<T>): Promise<T> {
    if (this.#isClosed) {
      throw new UnavailableError("The store is closed: open it again, or close it later.", { facts: { closed: true } });
    }
    this.#count++;
    try {
      return await call();
    } finally {
      this.#count--;
      if (this.#count === 0) this.#onLast();
    }
  }

  /** Resolves when the last call has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      this.#onLast = resolve;
    });
  }
}
