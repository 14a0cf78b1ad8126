const windowMs = 50;
const aheadMax = 1000;

/**
 * How many jobs to claim ahead of the handlers: no fewer than handlers run at once, and as many as have ended in the last moment. So
 * quick handlers never wait for a claim, and jobs that take long do not wait here while another worker has nothing to do.
 */
export class Pace {
  #since = 0;
  #ended = 0;
  #endedBefore = 0;

  /** A handler has ended. */
  count(): void {
    this.#ended++;
  }

  /** How many to claim ahead at the moment `now`, in milliseconds. */
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
