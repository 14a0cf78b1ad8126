import { type Fields, fieldsOf } from "../core/fields.ts";
import type { Transaction } from "../transaction.ts";
import type { TransitionInput } from "../transition/transition.ts";

/** The transaction of a handler's call. */
export interface WithinTransaction {
  /** A handle from `store.transaction` or `store.within`. Without it, the call commits by itself. */
  readonly tx?: Transaction | undefined;
}

/** What accompanies the call that ends a handler's claim. */
export interface Settling extends WithinTransaction {
  /** The rest of the transition, in the same commit. */
  readonly step?: TransitionInput | undefined;
}

/** Reads the transaction of a call. */
export const withinFields: Fields<WithinTransaction> = fieldsOf<WithinTransaction>({ tx: true });

/** Reads the options of a call. */
export const settlingFields: Fields<Settling> = fieldsOf<Settling>({ tx: true, step: true });
