import { isClosedStore } from "../session/session.ts";
import { inBackground } from "../telemetry/spans.ts";

/** Options of a loop. */
export interface LoopOptions {
  /**
   * One turn of the work. Returns the delay in milliseconds until the next one, unless something wakes the loop earlier. Reports how much
   * it found, if the loop receives announcements.
   */
  readonly turn: (found: (count: number) => void) => Promise<number>;
  /** Receives the error of each failed turn. The loop continues, later each time. */
  readonly onError: (error: unknown) => void;
  /** The store is closed: the loop has ended, because no turn could ever succeed again. */
  readonly onClosed: () => void;
}

const retryDelayMs = { first: 50, most: 10_000 };

/** Work in turns: when due, or at once when woken, one at a time, until stopped. */
export class Loop {
  readonly #options: LoopOptions;
  readonly #done: Promise<void>;
  #isStopped = false;
  #isWoken = false;
  #isTurning = false;
  /** How many announced arrivals have not happened yet. The turn that they started looks for them. */
  #expected = 0;
  #interrupt: (() => void) | null = null;
  #failures = 0;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** Starts the next turn at once; during a turn, right after it. */
  wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    this.#interrupt?.();
  }

  /** Something is about to come, and a turn that begins now finds it. Its arrival starts no other turn, unless this one finds less. */
  expect(): void {
    if (this.#isTurning) return;
    this.#expected++;
    this.wake();
  }

  /** Something has come. */
  arrived(): void {
    if (this.#expected > 0) this.#expected--;
    else this.wake();
  }

  /** Starts no further turn. */
  end(): void {
    this.#isStopped = true;
    this.#interrupt?.();
  }

  /** Starts no further turn, and waits for the current one. */
  async stop(): Promise<void> {
    this.end();
    await this.#done;
  }

  async #run(): Promise<void> {
    // Not within the constructor, whose caller does not have the loop yet.
    await Promise.resolve();
    while (!this.#isStopped) {
      this.#isWoken = false;
      const delayMs = await this.#turn();
      if (delayMs > 0 && !this.#isWoken && !this.#isStopped) await this.#sleep(delayMs);
    }
  }

  async #turn(): Promise<number> {
    const expected = this.#expected;
    let found = 0;
    this.#isTurning = true;
    try {
      const delayMs = await inBackground(() => this.#options.turn((count) => (found += count)));
      this.#failures = 0;
      return delayMs;
    } catch (error) {
      if (this.#isStopped && isClosedStore(error)) return 0;
      this.#options.onError(error);
      if (isClosedStore(error)) {
        this.end();
        this.#options.onClosed();
        return 0;
      }
      const delayMs = Math.min(retryDelayMs.first * 2 ** this.#failures++, retryDelayMs.most);
      // Half of it is random, so that processes that lost their server do not all return at once.
      return delayMs * (0.5 + Math.random() / 2);
    } finally {
      this.#isTurning = false;
      this.#settle(expected, found);
    }
  }

  /** Arrivals that the turn has found are reported before the event loop continues. If the turn found fewer, another follows. */
  #settle(expected: number, found: number): void {
    if (expected === 0) return;
    if (found >= expected) setImmediate(() => (this.#expected = 0));
    else {
      if (this.#expected < expected) this.#isWoken = true;
      this.#expected = 0;
    }
  }

  #sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(delayMs, 2 ** 31 - 1));
      this.#interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
