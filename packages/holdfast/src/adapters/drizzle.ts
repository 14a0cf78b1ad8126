import type { ClientBase } from "pg";
import { findClient } from "./shareable.ts";

/** What `fromDrizzle` uses of a transaction of `drizzle-orm/node-postgres`. */
export interface DrizzleTransaction {
  execute(query: string): PromiseLike<unknown>;
}

/**
 * Returns the client of a Drizzle transaction, for `store.within`. Drizzle's pool must be `shareable`.
 *
 * @throws InvalidInputError if the pool is not shareable, or this is no transaction.
 */
export function fromDrizzle(tx: DrizzleTransaction): Promise<ClientBase> {
  return findClient((question) => tx.execute(question));
}
