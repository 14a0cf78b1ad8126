/** How long to ignore an overdue row that cannot be claimed: doubled each time, up to a limit. */
const lockedMs = { first: 50, most: 1000 };

/**
 * How long to wait after a claim that found nothing, or everything. If more work comes without a notification, because notifications are
 * lost or unavailable, it is still found soon. The longer nothing has come, the rarer the poll.
 *
 * An overdue row that was not found is locked by another transaction, for an unknown time. Looking for it again at once would keep a core
 * and a connection busy. But the poll is at least once a second, because that row hides later ones.
 */
export class IdleDelay {
  readonly #pollMs: number;
  readonly #firstDelayMs: number;
  #lockedTimes = 0;
  #hasFound = false;
  #delayMs = Infinity;

  /** `firstDelayMs`: how soon to look again after something was found, and then twice as late each time. */
  constructor(pollMs: number, firstDelayMs = 50) {
    this.#pollMs = pollMs;
    this.#firstDelayMs = firstDelayMs;
  }

  /** A claim found something: rows that come one after another are not locked. */
  found(): void {
    this.#lockedTimes = 0;
    this.#hasFound = true;
    this.#delayMs = this.#firstDelayMs;
  }

  /**
   * The pause in milliseconds, if the next row is due in `inMs`, or none is known. The first overdue row after others were found has
   * probably become due since the claim that missed it.
   */
  after(next: { readonly inMs: number } | null): number {
    const foundBefore = this.#hasFound;
    this.#hasFound = false;
    if (next !== null && next.inMs <= 0) {
      if (foundBefore) return 0;
      return Math.min(this.#pollMs, lockedMs.most, lockedMs.first * 2 ** this.#lockedTimes++);
    }
    this.#lockedTimes = 0;
    const pollMs = Math.min(this.#pollMs, this.#delayMs);
    this.#delayMs *= 2;
    return next === null ? pollMs : Math.min(pollMs, Math.max(next.inMs, 1));
  }
}
