import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkMethods } from "../database/input.ts";
import { LeaseLostError } from "../errors.ts";
import type { Nouns, Store, Transaction } from "../store.ts";
import type { TransitionInput } from "../transition/transition.ts";

/** The transaction that a call of a handler belongs to. */
export interface WithinTransaction {
  /** A handle that `store.transaction` or `store.within` gave; the call is committed by itself where it is left out. */
  readonly tx?: Transaction | undefined;
}

/** What goes with the call that ends a handler's claim. */
export interface Settling extends WithinTransaction {
  /** The rest of the transition: what changes in the same commit. */
  readonly step?: TransitionInput | undefined;
}

/** Reads the transaction that a call belongs to. */
export const withinFields: Fields<WithinTransaction> = fieldsOf<WithinTransaction>({ tx: true });

/** Reads what goes with a call. */
export const settlingFields: Fields<Settling> = fieldsOf<Settling>({ tx: true, step: true });

/** The nouns that a call is made on. */
export function nounsFor(store: Store, tx: Transaction | undefined): Nouns {
  if (tx === undefined) return store;
  checkMethods(tx, "tx", ["transaction"]);
  return tx;
}

/** The error of a handler's call whose claim is lost. In a transaction a call that was refused must not be committed around. */
export function claimLost(entity: "job" | "timer" | "execution", id: string): LeaseLostError {
  const held = entity === "execution" ? "lease" : "claim";
  return new LeaseLostError(`The ${held} of ${entity} ${id} is lost: stop its work.`, { facts: { entity, id } });
}
