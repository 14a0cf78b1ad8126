import { setTimeout as sleep } from "node:timers/promises";
import { UnavailableError } from "../core/errors.ts";
import type { Row } from "../core/plan.ts";
import type { Connection, Database, WireStatement } from "../postgres/database.ts";
import { sendAll } from "../postgres/execute.ts";
import { isStatementFailure } from "../postgres/failures.ts";
import { orAborted, unknownAfter } from "./call-limits.ts";
import { idleLimitSql, type IdleSettings } from "./transaction-limits.ts";

/** Taken at the begin of a transaction, so that another connection can ask later whether it was committed. */
export interface CommitTicket {
  readonly transactionId: string;
  /** Of the transaction's session. */
  readonly processId: string;
  readonly incarnation: string;
}

/** How long to ask, and how long to leave a session alone whose COMMIT never came, because packets may still arrive. */
const settleMs = { most: 10_000, patience: 1000, pause: 50 };

/**
 * When the server's statistics began. A clean shutdown keeps this time, and any crash, promotion or restore changes it. Only while it
 * stays does a transaction id mean one transaction. An id that was not yet in the log at a crash is assigned again.
 */
const incarnationSql = "pg_catalog.pg_stat_get_bgwriter_stat_reset_time()::text";

/** Sent with BEGIN: takes the ticket, and sets the limit of an idle transaction if there is one. A standby assigns no transaction ids. */
export function ticketStatement({ preparedStatements, idleInTransactionTimeoutMs }: IdleSettings): WireStatement {
  const ticket = `select case when pg_catalog.pg_is_in_recovery() then null else pg_catalog.pg_current_xact_id()::text end,
    pg_catalog.pg_backend_pid()::text, ${incarnationSql}`;
  const isLimited = idleInTransactionTimeoutMs > 0;
  const text = isLimited ? `${ticket}, ${idleLimitSql}` : ticket;
  const values = isLimited ? [String(idleInTransactionTimeoutMs)] : [];
  const taking = { text, values, label: "session/commitTicket" };
  return preparedStatements ? { ...taking, name: `hf_ticket_${values.length}` } : taking;
}

/** The ticket, or null if none is available: a lost commit then stays unknown. */
export function readTicket(row: Row | undefined): CommitTicket | null {
  const [transactionId, processId, incarnation] = row ?? [];
  if (typeof transactionId !== "string" || typeof processId !== "string" || typeof incarnation !== "string") {
    return null;
  }
  return { transactionId, processId, incarnation };
}

/**
 * Finds out, on new connections, whether a transaction was committed whose connection broke at its COMMIT. Resolves if it was.
 *
 * @throws RolledBackError if it was not, and may be run again.
 * @throws UnavailableError whose `facts.outcome` is "unknown", at the signal too.
 */
export async function settleCommit(
  database: Database,
  {
    ticket,
    cause,
    signal,
  }: { readonly ticket: CommitTicket | null; readonly cause: unknown; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const ageMs = performance.now() - startedAt;
    const asked = ticket === null ? "unknown" : askOnce(database, ticket, ageMs > settleMs.patience);
    const status = await orAborted(signal, Promise.resolve(asked), () => undefined).catch((reason: unknown) => {
      throw unknownAfter(reason);
    });
    if (status === "committed") return;
    if (status === "aborted") throw new RolledBackError(cause);
    if (status === "unknown" || ageMs > settleMs.most) throw outcomeUnknown(cause);
    await sleep(settleMs.pause);
  }
}

/** The error for writes whose answer was lost, so that their outcome is unknown. */
export function outcomeUnknown(cause: unknown): UnavailableError {
  return new UnavailableError(
    `The connection was lost before the database's answer came (${reasonOf(cause)}), and whether the write took effect is unknown: read before making it again.`,
    { cause, facts: { outcome: "unknown" } },
  );
}

/** A transaction whose COMMIT went unanswered was not committed. */
export class RolledBackError extends UnavailableError {
  constructor(cause: unknown) {
    super(
      `The connection was lost at the transaction's commit (${reasonOf(cause)}), and nothing of it was committed: run it again.`,
      { cause, facts: { outcome: "rolled back" }, retryable: true },
    );
  }
}

function reasonOf(cause: unknown): string {
  const root = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return root instanceof Error && root.message ? root.message : String(root);
}

type Status = "committed" | "aborted" | "in progress" | "unknown";

async function askOnce(database: Database, ticket: CommitTicket, mayEnd: boolean): Promise<Status> {
  let connection: Connection;
  try {
    connection = await database.connect();
  } catch {
    // The server may be back before the time is over.
    return "in progress";
  }
  let failure: Error | undefined;
  try {
    return await ask(connection, ticket, mayEnd);
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    // The server refuses an id from the future or from long ago.
    return isStatementFailure(error) ? "unknown" : "in progress";
  } finally {
    connection.release(failure);
  }
}

async function ask(connection: Connection, ticket: CommitTicket, mayEnd: boolean): Promise<Status> {
  const { transactionId, processId, incarnation } = ticket;
  const asked = {
    text: `select pg_catalog.pg_xact_status($1::xid8), ${incarnationSql} = $2`,
    values: [transactionId, incarnation],
  };
  const [answer] = await sendAll(connection, [asked]);
  const [status, isSame] = answer?.rows[0] ?? [];
  if (isSame !== true) return "unknown";
  if (status === "in progress" && mayEnd) {
    await sendAll(connection, [{ text: endIdleSql, values: [processId, transactionId] }]);
  }
  return status === "committed" || status === "aborted" || status === "in progress" ? status : "unknown";
}

/**
 * Ends the session of a transaction whose COMMIT did not arrive, and that has not noticed its broken connection: it would hold its locks
 * for hours. A session that is busy committing (waiting for a standby, say) is left alone.
 */
const endIdleSql = `select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
  where pid = $1::integer and backend_xid::text = ($2::xid8)::xid::text and state = 'idle in transaction'`;
