import { Refusal } from "../answers/failures.ts";

/** How many wrong tokens an address may give in a minute. */
const wrongMax = 20;
const windowMs = 60_000;

/** The most addresses that are remembered. The one that began first is forgotten first. */
const addressesMax = 10_000;

interface Window {
  wrong: number;
  readonly endsAt: number;
}

/** Counts wrong tokens by address, so that nobody tries one after another. */
export class Throttle {
  readonly #windows = new Map<string, Window>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @throws Refusal if the address gave too many wrong tokens; a right one would be refused too. */
  require(address: string): void {
    const window = this.#windows.get(address);
    if (window === undefined || window.wrong < wrongMax) return;
    const leftMs = window.endsAt - this.#now();
    if (leftMs > 0) {
      throw new Refusal(
        "too_many",
        `Too many wrong tokens came from your address: try again in ${Math.ceil(leftMs / 1000)} seconds.`,
      );
    }
    this.#windows.delete(address);
  }

  /** Notes a wrong token. */
  addWrong(address: string): void {
    const now = this.#now();
    const window = this.#windows.get(address);
    if (window !== undefined && window.endsAt > now) {
      window.wrong += 1;
      return;
    }
    this.#windows.delete(address);
    this.#windows.set(address, { wrong: 1, endsAt: now + windowMs });
    for (const oldest of this.#windows.keys()) {
      if (this.#windows.size <= addressesMax) break;
      this.#windows.delete(oldest);
    }
  }
}
