/** Wakes a loop. A ring while nobody waits ends the next wait at once. */
export class Bell {
  #isRung = false;
  #wake: (() => void) | null = null;

  readonly ring = (): void => {
    this.#isRung = true;
    this.#wake?.();
  };

  /** Waits until it rings, or for at most so long. */
  async rung(withinMs: number | null): Promise<void> {
    if (!this.#isRung) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        // A timer of Node waits for 25 days at most; the loop then looks again.
        if (withinMs !== null) timer = setTimeout(resolve, Math.min(withinMs, 2 ** 31 - 1));
      });
      clearTimeout(timer);
      this.#wake = null;
    }
    this.#isRung = false;
  }
}
