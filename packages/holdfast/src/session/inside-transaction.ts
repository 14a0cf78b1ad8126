import { AsyncLocalStorage } from "node:async_hooks";

/** A transaction whose function runs. `outer` is the one, of any store, in whose function it was begun. */
interface Inside {
  readonly transaction: Entered;
  readonly outer: Inside | undefined;
}

/** The transaction of a store. Code that its function leaves behind is no longer inside once it has ended. */
export interface Entered {
  readonly store: object;
  isOpen: boolean;
}

/**
 * One for all stores. Before Node.js 24, each storage that was ever entered makes every later promise of the process more expensive,
 * forever. With one per store, a process that had opened hundreds of stores had time for little else.
 */
const innermost = new AsyncLocalStorage<Inside>();

/** Runs the function of a transaction. */
export function enterTransaction<T>(transaction: Entered, work: () => Promise<T>): Promise<T> {
  return innermost.run({ transaction, outer: innermost.getStore() }, work);
}

/** Whether the innermost transaction of a store, in whose function the caller runs, is open. */
export function isInside(store: object): boolean {
  let inside = innermost.getStore();
  while (inside !== undefined && inside.transaction.store !== store) inside = inside.outer;
  return inside?.transaction.isOpen ?? false;
}
