import { type Claim, type Held, isHeld } from "../claims/claims.ts";
import { LeaseLostError } from "../core/errors.ts";
import { checkMethods } from "../core/input.ts";
import type { Nouns } from "../nouns.ts";
import type { Store } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import type { Lease } from "./leases.ts";

/** The claim behind a handler's call, which the contexts of all handlers share. */
export class HeldClaim<C extends Claim> {
  readonly #store: Store;
  readonly #lease: Lease<C>;
  readonly #entity: "job" | "timer" | "execution";
  #isSettled = false;

  constructor(store: Store, lease: Lease<C>, entity: "job" | "timer" | "execution") {
    this.#store = store;
    this.#lease = lease;
    this.#entity = entity;
  }

  /** The claimed row. */
  get work(): C {
    return this.#lease.claim;
  }

  /** The claim, as calls take it. */
  get claim(): Claim {
    const { id, token } = this.#lease.claim;
    return { id, token };
  }

  /** Aborted when the claim is lost. */
  get signal(): AbortSignal {
    return this.#lease.signal;
  }

  /** Whether the handler has ended the claim itself. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /**
   * The nouns that a call uses.
   *
   * @throws LeaseLostError if the claim is known to be lost.
   */
  nouns(tx: Transaction | undefined): Nouns {
    if (tx !== undefined) checkMethods(tx, "tx", ["transaction"]);
    if (this.#lease.isLost) throw this.#lost();
    return tx ?? this.#store;
  }

  /** Notes that the handler has ended the claim. */
  settle(): void {
    this.#isSettled = true;
  }

  /** Notices an error that says that the claim is lost, before a heartbeat or a notification says so. */
  notice(error: unknown): void {
    if (!(error instanceof LeaseLostError)) return;
    const { entity, id } = error.facts;
    if (entity === this.#entity && id === this.#lease.claim.id) this.#lease.lose();
  }

  /**
   * Checks the answer to the call that ended the claim.
   *
   * @throws LeaseLostError if the claim was lost: nothing was changed.
   */
  settledBy<Outcome extends { readonly ok: boolean }>(outcome: Outcome): Held<Outcome> {
    // A transaction must not commit after a refused call.
    if (!isHeld(outcome)) throw this.#lost();
    this.settle();
    return outcome;
  }

  #lost(): LeaseLostError {
    const { id } = this.#lease.claim;
    const held = this.#entity === "execution" ? "lease" : "claim";
    return new LeaseLostError(`The ${held} of ${this.#entity} ${id} is lost: stop its work.`, {
      facts: { entity: this.#entity, id },
    });
  }
}
