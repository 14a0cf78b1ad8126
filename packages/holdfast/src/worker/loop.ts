import { isClosedStore } from "../database/open-calls.ts";

/** What a loop is made of. */
export interface LoopOptions {
  /**
   * One turn of the work; answers after how many milliseconds the next one is due if nothing wakes the loop before. It says how much it
   * has found, if the loop is told of what is coming.
   */
  readonly turn: (found: (count: number) => void) => Promise<number>;
  /** Told of each turn that failed; the loop goes on, later each time. */
  readonly onError: (error: unknown) => void;
  /** The store is closed: the loop has ended, as no turn could ever succeed again. */
  readonly onClosed: () => void;
}

const retryDelayMs = { first: 50, most: 10_000 };

/** Work in turns: a turn when it is due, at once when woken, one at a time, until stopped. */
export class Loop {
  readonly #options: LoopOptions;
  readonly #done: Promise<void>;
  #isStopped = false;
  #isWoken = false;
  #isTurning = false;
  /** How many announced arrivals have not been told yet. The turn that they began looks for them. */
  #expected = 0;
  #interrupt: (() => void) | null = null;
  #failures = 0;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** Makes the next turn come at once; during a turn, right after it. */
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
  tell(): void {
    if (this.#expected > 0) this.#expected--;
    else this.wake();
  }

  /** Makes no further turn. */
  end(): void {
    this.#isStopped = true;
    this.#interrupt?.();
  }

  /** Makes no further turn, and waits for the present one. */
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
      const delayMs = await this.#options.turn((count) => (found += count));
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
      // Half of it at random, so that the processes that lost their server do not all come back at once.
      return delayMs * (0.5 + Math.random() / 2);
    } finally {
      this.#isTurning = false;
      this.#settle(expected, found);
    }
  }

  /** Arrivals that the turn has found are told before the event loop goes on. If the turn found fewer than were told, another follows. */
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
