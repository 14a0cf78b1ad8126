import type { Claim } from "../claims/claims.ts";
import { TimedOutError } from "../core/errors.ts";
import type { Lease } from "./leases.ts";

/** A call of a handler with a time limit. */
export interface LimitedCall<R> {
  /** The claims that it works under. */
  readonly leases: readonly Lease<Claim>[];
  readonly entity: "job" | "execution" | "timer";
  readonly timeoutMs: number;
  /** What the handler returned, a promise or not. */
  readonly result: R | Promise<R>;
}

interface Limit {
  /** Of `performance.now()`. */
  readonly at: number;
  /** The time is over. */
  readonly end: () => void;
}

/** Ends calls of handlers that take too long, with one timer for all of them. */
export class Timeouts {
  readonly #limits = new Set<Limit>();
  #timer: NodeJS.Timeout | undefined;
  #firesAt = Infinity;

  /**
   * Returns the result of a call, unless its time is over first. Its claims are then given up, and its later effects do not count.
   *
   * @throws TimedOutError
   */
  limit<R>({ leases, entity, timeoutMs, result }: LimitedCall<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      const limit: Limit = {
        at: performance.now() + timeoutMs,
        end: () => {
          const [id = ""] = leases.map(({ claim }) => claim.id);
          const what = leases.length === 1 ? `${entity} ${id}` : `${leases.length} ${entity}s`;
          const message = `The handler of ${what} took longer than ${timeoutMs} ms.`;
          const error = new TimedOutError(message, { facts: { entity, id, timeoutMs } });
          reject(error);
          for (const lease of leases) lease.lose(error);
        },
      };
      this.#limits.add(limit);
      if (limit.at < this.#firesAt) this.#wait(limit.at);
      void Promise.resolve(result)
        .then(resolve, reject)
        .finally(() => this.#limits.delete(limit));
    });
  }

  /** Ends no more calls. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#limits.clear();
  }

  #wait(at: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = at;
    this.#timer = setTimeout(() => this.#fire(), Math.ceil(at - performance.now()));
  }

  /** The limits of calls that ended meanwhile are gone, so the timer may find nothing. It is not moved for each of them. */
  #fire(): void {
    const now = performance.now();
    let next = Infinity;
    for (const limit of this.#limits) {
      if (limit.at > now) {
        next = Math.min(next, limit.at);
      } else {
        this.#limits.delete(limit);
        limit.end();
      }
    }
    this.#firesAt = Infinity;
    if (next < Infinity) this.#wait(next);
  }
}
