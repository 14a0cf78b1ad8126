import type { ClientBase } from "pg";
import { InvalidInputError } from "../index.ts";

/** What `fromKnex` uses of a transaction. */
export interface KnexTransaction {
  readonly isTransaction?: boolean | undefined;
  readonly client: { acquireConnection(): Promise<unknown> };
}

/**
 * Returns the client of a Knex transaction, for `store.within`.
 *
 * @throws InvalidInputError if it is not a transaction.
 */
export async function fromKnex(trx: KnexTransaction): Promise<ClientBase> {
  if (trx.isTransaction !== true) {
    throw new InvalidInputError("No transaction is open there: pass what `knex.transaction` gives its function.", {
      facts: { field: "trx" },
    });
  }
  // The client of a transaction acquires nothing: it answers the transaction's own connection, of `pg`.
  return (await trx.client.acquireConnection()) as ClientBase;
}
