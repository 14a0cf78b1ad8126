import type { Topic } from "../protocol/index.ts";
import { Pending } from "./pending.ts";

/** How long a client waits between two deliveries, so that bursts become one, and how often an idle connection shows that it lives. */
const gapMs = 400;
const heartbeatMs = 15_000;

/** One live connection: what it watches, and what waits for it. */
export class LiveClient {
  readonly topics: ReadonlySet<Topic>;
  readonly pending: Pending = new Pending();
  #isOver = false;
  #wake: (() => void) | null = null;
  #deliveredAt = 0;

  constructor(topics: ReadonlySet<Topic>) {
    this.topics = topics;
  }

  /** Ends the stream of its events. */
  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  /** Says that something is pending. */
  notify(): void {
    this.#wake?.();
  }

  /** The next text to send; null once it has ended. `idOf` names the newest event. */
  async next(idOf: () => string): Promise<string | null> {
    const heartbeatAt = Date.now() + heartbeatMs;
    for (;;) {
      if (this.#isOver) return null;
      const now = Date.now();
      const readyAt = this.#deliveredAt + gapMs;
      if (!this.pending.isEmpty && now >= readyAt) {
        this.#deliveredAt = now;
        return this.pending.take(idOf());
      }
      if (now >= heartbeatAt) return ": alive\n\n";
      await this.#sleep((this.pending.isEmpty ? heartbeatAt : readyAt) - now);
    }
  }

  async #sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }
}
