import { CompiledQuery } from "kysely";
import type { ClientBase } from "pg";
import { findClient } from "./shareable.ts";

/** What `fromKysely` uses of a transaction. */
export interface KyselyTransaction {
  executeQuery(query: CompiledQuery): PromiseLike<unknown>;
}

/**
 * Returns the client of a Kysely transaction, for `store.within`. The pool of the `PostgresDialect` must be `shareable`.
 *
 * @throws InvalidInputError if the pool is not shareable, or this is no transaction.
 */
export function fromKysely(trx: KyselyTransaction): Promise<ClientBase> {
  return findClient((question) => trx.executeQuery(CompiledQuery.raw(question)));
}
