import { UnavailableError } from "../core/errors.ts";
import { checkOneOf, checkOptionalBoolean } from "../core/input.ts";
import type { WireStatement } from "../postgres/database.ts";
import { command, refuseRollback, sendAll } from "../postgres/execute.ts";
import { isConnectionLost } from "../postgres/failures.ts";
import type { Emission } from "./events.ts";
import { type CommitTicket, readTicket } from "./settle-commit.ts";
import { TransactionSession, type TransactionSessionOptions } from "./transaction-session.ts";

/** How a transaction runs. */
export interface TransactionOptions {
  /** PostgreSQL's isolation level; "read committed" by default, on which all of Holdfast is correct. */
  readonly isolation?: "read committed" | "repeatable read" | "serializable" | undefined;
  readonly readOnly?: boolean | undefined;
  /** How often the whole transaction runs again after a serialization failure, a deadlock, or a lost COMMIT; 5 by default. */
  readonly retries?: number | undefined;
}

type Isolation = NonNullable<TransactionOptions["isolation"]>;

const begins: Readonly<Record<Isolation, readonly [readWrite: string, readOnly: string]>> = {
  "read committed": ["begin isolation level read committed", "begin isolation level read committed read only"],
  "repeatable read": ["begin isolation level repeatable read", "begin isolation level repeatable read read only"],
  serializable: ["begin isolation level serializable", "begin isolation level serializable read only"],
};

const isolations = Object.keys(begins) as readonly Isolation[];

/** The BEGIN for the options; throws an InvalidInputError for an unknown isolation level. */
export function beginCommand({ isolation = "read committed", readOnly }: TransactionOptions): WireStatement {
  const [readWriting, reading] = begins[checkOneOf(isolation, "isolation", isolations)];
  return command(checkOptionalBoolean(readOnly, "readOnly") === true ? reading : readWriting);
}

/** The connection broke at the COMMIT: another one must find out what became of the transaction. */
export class LostCommitError<T> extends UnavailableError {
  readonly result: T;
  readonly hints: ReadonlySet<string>;
  readonly emissions: readonly Emission[];
  readonly ticket: CommitTicket | null;

  constructor(cause: unknown, settled: Committed<T> & { readonly ticket: CommitTicket | null }) {
    super("The connection was lost at a commit.", { cause });
    this.result = settled.result;
    this.hints = settled.hints;
    this.emissions = settled.emissions;
    this.ticket = settled.ticket;
  }
}

/** How a transaction begins: with a ticket if it may write. */
export interface BeginStatements {
  readonly begin: WireStatement;
  readonly ticket: WireStatement | null;
  /** Sent if there is no ticket, which sets it too. */
  readonly idleLimit: WireStatement | undefined;
}

/** The result of a transaction, with the hints to send and the events to emit after its commit. */
export interface Committed<T> {
  readonly result: T;
  readonly hints: ReadonlySet<string>;
  readonly emissions: readonly Emission[];
}

/**
 * Runs `work` in one transaction on a connection that has none open, and commits it.
 *
 * @throws what `work` throws, after a rollback.
 * @throws LostCommitError if the connection broke at the COMMIT of a transaction that may have written.
 */
export async function transact<T>(
  options: TransactionSessionOptions,
  { begin, ticket, idleLimit }: BeginStatements,
  work: (session: TransactionSession) => Promise<T>,
): Promise<Committed<T>> {
  const { connection, refuseAborted, onCommit } = options;
  const session = new TransactionSession(options);
  const beside = ticket ?? idleLimit;
  const [, taken] = await sendAll(connection, beside === undefined ? [begin] : [begin, beside]);
  let result: T;
  try {
    result = await work(session);
    await session.finish();
    refuseAborted?.();
  } catch (error) {
    await session.finish().catch(() => undefined);
    // The first failure stays the error. If the rollback fails too, the owner of the session closes it.
    await sendAll(connection, [command("rollback")]).catch(() => undefined);
    throw error;
  }
  const { hints, emissions } = session;
  onCommit?.();
  const committing = sendAll(connection, [command("commit")]).catch((error: unknown) => {
    const mayHaveWritten = ticket !== null;
    if (!mayHaveWritten || !isConnectionLost(error)) throw error;
    throw new LostCommitError(error, { result, hints, emissions, ticket: readTicket(taken?.rows[0]) });
  });
  refuseRollback((await committing)[0], session.failure);
  return { result, hints, emissions };
}
