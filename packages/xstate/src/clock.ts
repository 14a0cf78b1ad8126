interface Timeout {
  readonly run: () => void;
  readonly at: number;
}

/** A clock whose timeouts run when asked, in order. So those that became due while an actor was not running come before its events. */
export class ActorClock {
  readonly #timeouts = new Set<Timeout>();

  setTimeout(run: () => void, ms: number): Timeout {
    const timeout = { run, at: performance.now() + ms };
    this.#timeouts.add(timeout);
    return timeout;
  }

  clearTimeout(timeout: Timeout): void {
    this.#timeouts.delete(timeout);
  }

  /** Runs what is due, and what becomes due by that. */
  runDue(): void {
    for (let next = this.#first(); next && next.at <= performance.now(); next = this.#first()) {
      this.#timeouts.delete(next);
      next.run();
    }
  }

  /** The milliseconds until the next timeout; null without one. */
  nextInMs(): number | null {
    const next = this.#first();
    return next ? Math.max(0, next.at - performance.now()) : null;
  }

  #first(): Timeout | undefined {
    let first: Timeout | undefined;
    // An infinite delay never ends.
    for (const timeout of this.#timeouts) if (timeout.at < (first?.at ?? Infinity)) first = timeout;
    return first;
  }
}
