import type { ClientBase } from "pg";
import { InvalidInputError } from "../index.ts";

/** What `fromTypeOrm` uses of the `EntityManager` of a transaction. */
export interface TypeOrmManager {
  readonly queryRunner?: { readonly isTransactionActive: boolean; connect(): Promise<unknown> } | undefined;
}

/**
 * Returns the client of a TypeORM transaction, for `store.within`.
 *
 * @throws InvalidInputError if the manager is not that of a transaction.
 */
export async function fromTypeOrm({ queryRunner }: TypeOrmManager): Promise<ClientBase> {
  if (queryRunner?.isTransactionActive !== true) {
    throw new InvalidInputError(
      "The manager has no transaction open: pass the one that `transaction` gives its function.",
      {
        facts: { field: "manager" },
      },
    );
  }
  // Its PostgreSQL driver connects by `pg`.
  return (await queryRunner.connect()) as ClientBase;
}
