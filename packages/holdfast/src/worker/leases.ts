import type { Claim } from "../claims/claims.ts";
import { batchItemsMax } from "../database/input.ts";
import { Loop } from "./loop.ts";

/** A claim that is kept alive. */
export class Lease<C extends Claim> {
  readonly claim: C;
  /** By this process's clock: so long after the last call that made it last was sent, so never later than in the database. */
  expiresAt: number;
  #isLost = false;
  #controller: AbortController | null = null;

  constructor(claim: C, expiresAt: number) {
    this.claim = claim;
    this.expiresAt = expiresAt;
  }

  /** Whether the claim no longer holds, or may not. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Aborted when it is lost. Made when it is asked for, for many handlers never do, and it costs more than all else of a lease. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#isLost) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** The claim no longer holds, or may not. */
  lose(): void {
    this.#isLost = true;
    this.#controller?.abort();
  }
}

/** How leases are kept. */
export interface LeasesOptions<C extends Claim> {
  readonly leaseMs: number;
  /** Makes claims last `leaseMs` from now; until when, by the database's clock, and null for each that is lost. */
  readonly heartbeat: (claims: readonly C[]) => Promise<readonly (Date | null)[]>;
  readonly onError: (error: unknown) => void;
  /** The store is closed: all leases are given up. */
  readonly onClosed: () => void;
}

/**
 * Keeps claims alive: a heartbeat for all of them three times a lease. What is lost is aborted, and so is what has run out
 * because no heartbeat got through: while the database is away, somebody else may reach it.
 */
export class Leases<C extends Claim> {
  readonly #options: LeasesOptions<C>;
  readonly #held = new Map<string, Lease<C>>();
  readonly #beating: Loop;
  readonly #watching: Loop;

  constructor(options: LeasesOptions<C>) {
    const { onError, onClosed } = options;
    this.#options = options;
    this.#beating = new Loop({ turn: () => this.#beat(), onError, onClosed });
    this.#watching = new Loop({ turn: async () => this.#watch(), onError, onClosed });
  }

  /** Keeps claims that a call got which was sent at `sentAt` (of `performance.now()`). */
  hold(claims: readonly C[], sentAt: number): readonly Lease<C>[] {
    const leases = claims.map((claim) => {
      // Claimed anew by ourselves: the earlier claim was lost before a heartbeat could tell.
      this.#held.get(claim.id)?.lose();
      const lease = new Lease(claim, sentAt + this.#options.leaseMs);
      this.#held.set(claim.id, lease);
      return lease;
    });
    this.#watching.wake();
    return leases;
  }

  /** Looks at once which claims still hold, for some may have been canceled. */
  check(): void {
    if (this.#held.size > 0) this.#beating.wake();
  }

  /** Keeps a claim no longer. */
  drop(lease: Lease<C>): void {
    if (this.#held.get(lease.claim.id) === lease) this.#held.delete(lease.claim.id);
  }

  /** Keeps no claim any longer, and tells their holders; gives those that were kept until now. */
  abortAll(): readonly Lease<C>[] {
    const kept = [...this.#held.values()];
    for (const lease of kept) this.#abort(lease);
    return kept;
  }

  /** Ends at once, without waiting for a heartbeat that is under way. */
  end(): void {
    this.#beating.end();
    this.#watching.end();
    this.abortAll();
  }

  /** Keeps no claim any longer. */
  async stop(): Promise<void> {
    await Promise.all([this.#beating.stop(), this.#watching.stop()]);
  }

  #abort(lease: Lease<C>): void {
    this.drop(lease);
    lease.lose();
  }

  async #beat(): Promise<number> {
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
