import { hostname } from "node:os";
import { v7 } from "uuid";
import type { Claim } from "../claims/claims.ts";
import type { TimedOutError } from "../core/errors.ts";
import { batchItemsMax } from "../core/input.ts";
import { Loop } from "./loop.ts";

/** A claim that is kept alive. */
export class Lease<C extends Claim> {
  readonly claim: C;
  /** By this process's clock, counted from the sending of the last renewal, so never later than in the database. */
  expiresAt: number;
  #isLost = false;
  #timedOut: TimedOutError | null = null;
  #controller: AbortController | null = null;

  constructor(claim: C, expiresAt: number) {
    this.claim = claim;
    this.expiresAt = expiresAt;
  }

  /** Whether the claim is lost, or may be. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Aborted when it is lost. Created on demand: many handlers never use it, and it costs more than the rest of a lease. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#isLost) this.#controller.abort(this.#timedOut ?? undefined);
    }
    return this.#controller.signal;
  }

  /** Whether it was lost because its handler took too long. The claim may then still hold, and its attempt must be failed. */
  get isTimedOut(): boolean {
    return this.#timedOut !== null;
  }

  /** The claim is lost, or may be; or its handler took too long. */
  lose(timedOut: TimedOutError | null = null): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#timedOut = timedOut;
    this.#controller?.abort(timedOut ?? undefined);
  }
}

/** Options for keeping leases. */
export interface LeasesOptions<C extends Claim> {
  readonly leaseMs: number;
  /** Renews claims for `leaseMs` from now. Returns each new end by the database's clock; null for a lost claim. */
  readonly heartbeat: (claims: readonly C[]) => Promise<readonly (Date | null)[]>;
  readonly onError: (error: unknown) => void;
  /** The store is closed: all leases are given up. */
  readonly onClosed: () => void;
}

/**
 * Keeps claims alive, with a heartbeat for all of them three times per lease. Aborts lost ones, and those that expired because no
 * heartbeat got through: while this process cannot reach the database, another may.
 */
export class Leases<C extends Claim> {
  readonly #options: LeasesOptions<C>;
  readonly #held = new Map<string, Lease<C>>();
  readonly #heartbeats: Loop;
  readonly #watching: Loop;

  constructor(options: LeasesOptions<C>) {
    const { onError, onClosed } = options;
    this.#options = options;
    this.#heartbeats = new Loop({ turn: () => this.#heartbeat(), onError, onClosed });
    this.#watching = new Loop({ turn: async () => this.#watch(), onError, onClosed });
  }

  /** Keeps claims from a call that was sent at `sentAt` (of `performance.now()`). */
  hold(claims: readonly C[], sentAt: number): readonly Lease<C>[] {
    const leases = claims.map((claim) => {
      // Claimed again by this process: the earlier claim was lost before a heartbeat could notice.
      this.#held.get(claim.id)?.lose();
      const lease = new Lease(claim, sentAt + this.#options.leaseMs);
      this.#held.set(claim.id, lease);
      return lease;
    });
    this.#watching.wake();
    return leases;
  }

  /** Checks at once which claims still hold, because some may have been canceled. */
  check(): void {
    if (this.#held.size > 0) this.#heartbeats.wake();
  }

  /** Stops keeping a claim. */
  drop(lease: Lease<C>): void {
    if (this.#held.get(lease.claim.id) === lease) this.#held.delete(lease.claim.id);
  }

  /** Stops keeping all claims, aborts their handlers, and returns those that were kept until now. */
  abortAll(): readonly Lease<C>[] {
    const kept = [...this.#held.values()];
    for (const lease of kept) this.#abort(lease);
    return kept;
  }

  /** Ends at once, without waiting for a heartbeat in flight. */
  end(): void {
    this.#heartbeats.end();
    this.#watching.end();
    this.abortAll();
  }

  /** Stops keeping all claims. */
  async stop(): Promise<void> {
    await Promise.all([this.#heartbeats.stop(), this.#watching.stop()]);
  }

  #abort(lease: Lease<C>): void {
    this.drop(lease);
    lease.lose();
  }

  async #heartbeat(): Promise<number> {
    const { leaseMs, heartbeat } = this.#options;
    const all = [...this.#held.values()];
    for (let from = 0; from < all.length; from += batchItemsMax) {
      const leases = all.slice(from, from + batchItemsMax);
      const sentAt = performance.now();
      const held = await heartbeat(leases.map((lease) => lease.claim));
      for (const [i, lease] of leases.entries()) {
        if ((held[i] ?? null) === null) this.#abort(lease);
        else lease.expiresAt = sentAt + leaseMs;
      }
    }
    return leaseMs / 3;
  }

  #watch(): number {
    const now = performance.now();
    let next = now + this.#options.leaseMs;
    for (const lease of this.#held.values()) {
      if (lease.expiresAt <= now) this.#abort(lease);
      else next = Math.min(next, lease.expiresAt);
    }
    return Math.ceil(next - now);
  }
}

/** The most characters of a machine's name, so that a holder fits into the bytes of an id. */
const hostLengthMax = 64;

/** The name of a claimer, for people who inspect claims: the machine, the process, and its number within it. */
export function newHolder(): string {
  return `${hostname().slice(0, hostLengthMax)}:${process.pid}:${v7()}`;
}
