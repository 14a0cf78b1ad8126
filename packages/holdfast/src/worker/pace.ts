const windowMs = 50;
const aheadMax = 1000;

/**
 * How many jobs to claim ahead of the handlers: at least as many as run at once, and as many as ended recently. So fast handlers never
 * wait for a claim, and slow jobs do not wait here while another worker is idle.
 */
export class Pace {
  #since = 0;
  #ended = 0;
  #endedBefore = 0;

  /** A handler has ended. */
  count(): void {
    this.#ended++;
  }

  /** How many to claim ahead at the time `now`, in milliseconds. */
  ahead(least: number, now: number): number {
    const elapsedMs = now - this.#since;
    if (elapsedMs >= windowMs) {
      this.#endedBefore = elapsedMs < 2 * windowMs ? this.#ended : 0;
      this.#ended = 0;
      this.#since = now;
    }
    return Math.max(least, Math.min(Math.max(this.#ended, this.#endedBefore), aheadMax));
  }
}
