/** A measurement takes at most this part of the time: after a slow one, the next comes later. */
const busyShare = 0.05;

/** Hastened measurements are at least so far apart. */
const gapMs = 500;

/** Repeats a measurement, one at a time. */
export class Loop {
  readonly #everyMs: number;
  readonly #measure: () => Promise<void>;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;
  #isMeasuring = false;
  #isHastened = false;
  /** Before this moment no measurement begins, however urgent. */
  #earliestAt = 0;

  constructor(everyMs: number, measure: () => Promise<void>) {
    this.#everyMs = everyMs;
    this.#measure = measure;
  }

  start(): void {
    this.#wait(0);
  }

  /** Measures soon, because something has changed. */
  hasten(): void {
    if (this.#isMeasuring) this.#isHastened = true;
    else if (!this.#isStopped) this.#wait(Math.max(this.#earliestAt - Date.now(), 0));
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #wait(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#once(), ms);
    this.#timer.unref();
  }

  async #once(): Promise<void> {
    if (this.#isStopped || this.#isMeasuring) return;
    this.#isMeasuring = true;
    this.#isHastened = false;
    const startedAt = Date.now();
    try {
      await this.#measure();
    } catch {
      // The store cannot answer now. The page's own reads say why; the next measurement tries again.
    }
    this.#isMeasuring = false;
    const tookMs = Date.now() - startedAt;
    const restMs = tookMs / busyShare;
    this.#earliestAt = Date.now() + Math.max(gapMs, restMs);
    if (!this.#isStopped) this.#wait(this.#isHastened ? Math.max(gapMs, restMs) : Math.max(this.#everyMs, restMs));
  }
}
