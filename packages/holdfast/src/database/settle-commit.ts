import { setTimeout as sleep } from "node:timers/promises";
import { UnavailableError } from "../errors.ts";
import { orAborted, unknownAfter } from "./call-limits.ts";
import type { Connection, Database, WireStatement } from "./database.ts";
import { sendAll } from "./execute.ts";
import { isStatementFailure } from "./failures.ts";
import { idleLimitSql, type IdleSettings } from "./idle-limit.ts";
import type { Row } from "./plan.ts";

/** What a transaction took at its begin, so that another connection can ask later whether it was committed. */
export interface CommitTicket {
  readonly transactionId: string;
  /** Of the session that the transaction runs on. */
  readonly processId: string;
  readonly incarnation: string;
}

/** How long to ask, and how long a session whose COMMIT never came is left alone: so long may packets wander. */
const settleMs = { most: 10_000, patience: 1000, pause: 50 };

/**
 * The moment when the server's statistics began, which a clean shutdown keeps, and any crash, promotion or restore moves. Only
 * within it does a transaction id mean one transaction: an id that was not yet in the log at a crash is given again.
 */
const incarnationSql = "pg_catalog.pg_stat_get_bgwriter_stat_reset_time()::text";

/** Sent with BEGIN: takes the ticket, and sets the limit of an idle transaction where there is one. A standby gives no transaction ids. */
export function ticketStatement({ preparedStatements, idleInTransactionTimeoutMs }: IdleSettings): WireStatement {
  const ticket = `select case when pg_catalog.pg_is_in_recovery() then null else pg_catalog.pg_current_xact_id()::text end,
    pg_catalog.pg_backend_pid()::text, ${incarnationSql}`;
  const isLimited = idleInTransactionTimeoutMs > 0;
  const text = isLimited ? `${ticket}, ${idleLimitSql}` : ticket;
  const values = isLimited ? [String(idleInTransactionTimeoutMs)] : [];
  return preparedStatements ? { text, name: `hf_ticket_${values.length}`, values } : { text, values };
}

/** The ticket, or null where there is none to be had: then a lost commit stays unknown. */
export function readTicket(row: Row | undefined): CommitTicket | null {
  const [transactionId, processId, incarnation] = row ?? [];
  if (typeof transactionId !== "string" || typeof processId !== "string" || typeof incarnation !== "string") {
    return null;
  }
  return { transactionId, processId, incarnation };
}

/**
 * Finds out, on new connections, what became of a transaction whose connection broke at its COMMIT; resolves if it was
 * committed.
 *
 * @throws RolledBackError where it was not, and may be run again. @throws UnavailableError whose `facts.outcome` is "unknown", at the
 * signal too.
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

/** The error for writes whose answer was lost, so that nobody can say whether they took effect. */
export function outcomeUnknown(cause: unknown): UnavailableError {
  return new UnavailableError(
    `The connection was lost before the database's answer came (${reasonOf(cause)}), and whether the write took effect is unknown: read before making it again.`,
    { cause, facts: { outcome: "unknown" } },
  );
}

/** Nothing of a transaction was committed whose COMMIT went unanswered. */
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
    // The server may be back before the time is up.
    return "in progress";
  }
  let failure: Error | undefined;
  try {
    return await ask(connection, ticket, mayEnd);
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    // An id from the future or long past is refused.
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
 * Ends the session of a transaction whose COMMIT did not arrive, and that has not noticed its broken connection: it would hold
 * its locks for hours. One that is busy committing (waiting for a standby, say) is left to it.
 */
const endIdleSql = `select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
  where pid = $1::integer and backend_xid::text = ($2::xid8)::xid::text and state = 'idle in transaction'`;
