/** How long an overdue row that cannot be claimed is left alone: twice as long each time, but never for long. */
const lockedMs = { first: 50, most: 1000 };

/**
 * How long to wait after a claim that found nothing, or all that there was. Where more of it comes and no notification tells, because
 * they are lost or cannot be had, it is found soon none the less: the longer nothing has come, the rarer is the look.
 *
 * What is overdue and yet was not found is locked by another transaction, for as long as that lasts: to look for it again at
 * once would keep a core and a connection busy. Not rarer than once a second either, for it hides what is due after it.
 */
export class IdleDelay {
  readonly #pollMs: number;
  readonly #soonMs: number;
  #lockedTimes = 0;
  #hasFound = false;
  #quietMs = Infinity;

  /** `soonMs`: how soon to look again after something was found, and then twice as late each time. */
  constructor(pollMs: number, soonMs = 50) {
    this.#pollMs = pollMs;
    this.#soonMs = soonMs;
  }

  /** A claim found something: who comes one after the other is not locked. */
  found(): void {
    this.#lockedTimes = 0;
    this.#hasFound = true;
    this.#quietMs = this.#soonMs;
  }

  /**
   * The wait in milliseconds, where the next row is due in `inMs`, or none is known of. The first that is overdue after others were
   * found has rather come due since the claim that missed it.
   */
  after(next: { readonly inMs: number } | null): number {
    const hadFound = this.#hasFound;
    this.#hasFound = false;
    if (next !== null && next.inMs <= 0) {
      if (hadFound) return 0;
      return Math.min(this.#pollMs, lockedMs.most, lockedMs.first * 2 ** this.#lockedTimes++);
    }
    this.#lockedTimes = 0;
    const pollMs = Math.min(this.#pollMs, this.#quietMs);
    this.#quietMs *= 2;
    return next === null ? pollMs : Math.min(pollMs, Math.max(next.inMs, 1));
  }
}
