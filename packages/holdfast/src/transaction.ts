import type { ContentBackend } from "./blobs/blobs.ts";
import { checkFunction } from "./core/input.ts";
import { type Nouns, nounsOn } from "./nouns.ts";
import type { QueryResult } from "./postgres/database.ts";
import { type Reads, readsOf } from "./reads.ts";
import type { OpenTransaction } from "./session/session.ts";

/**
 * One open transaction. Its reads see its own writes, which are committed together or not at all.
 *
 * A call that the database refuses dooms the transaction. To continue after such a call, make it in a nested `transaction`, a savepoint.
 */
export interface Transaction extends Nouns, Reads {
  /**
   * Executes one statement of your own SQL in this transaction, in order with its other calls. Values are as `pg` takes them, and rows as it
   * gives them. A failure dooms the transaction; its `facts.sqlstate` has the server's code, and its `cause` is the driver's error.
   *
   * @throws InvalidInputError for a statement that would end the transaction or change the session. Nothing is sent then.
   */
  query<R extends object = Readonly<Record<string, unknown>>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<QueryResult<R>>;
  /** Runs `work` behind a savepoint: if it throws, its writes are undone, and the transaction continues. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}

/** The store's nouns in a transaction of the caller's, which the caller ends. */
export interface JoinedTransaction extends Transaction {
  /**
   * Says that the transaction was committed. Listeners of `store.on` get the events of the calls before, each once. Workers on an embedded
   * database look for the new work at once. Without this call neither happens, because only the caller sees the COMMIT.
   */
  committed(): void;
}

/** The transaction of a session. */
export function transactionOn(session: OpenTransaction, blobBackend: ContentBackend | null): Transaction {
  const nouns = nounsOn(session, blobBackend);
  const transaction: Transaction["transaction"] = async (work) => {
    checkFunction(work, "work");
    return session.transaction((inner) => work(transactionOn(inner, blobBackend)));
  };
  // Not by a spread, which would create every noun.
  return Object.assign(
    nouns,
    readsOf((work) => work(nouns)),
    { transaction, query: session.query.bind(session) },
  );
}

/** The transaction of a session that joined one of the caller's. */
export function joinedTransactionOn(
  session: OpenTransaction,
  blobBackend: ContentBackend | null,
  committed: () => void,
): JoinedTransaction {
  return Object.assign(transactionOn(session, blobBackend), { committed });
}
