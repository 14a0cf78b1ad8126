import type { ClientBase } from "pg";
import { findClient } from "./shareable.ts";

/** What `fromPrisma` uses of the client of an interactive transaction. */
export interface PrismaTransaction {
  $queryRawUnsafe(query: string): PromiseLike<unknown>;
}

/**
 * Returns the client of an interactive transaction of Prisma, for `store.within`. `PrismaPg` must have a pool that is `shareable`.
 *
 * @throws InvalidInputError if the pool is not shareable, or this is no transaction.
 */
export function fromPrisma(tx: PrismaTransaction): Promise<ClientBase> {
  return findClient((question) => tx.$queryRawUnsafe(question));
}
