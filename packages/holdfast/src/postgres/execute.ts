import { createHash } from "node:crypto";
import type { HoldfastError } from "../core/errors.ts";
import type { BoundStatement, Plan, Statement } from "../core/plan.ts";
import { bindSchema } from "../core/schema-name.ts";
import { applicationFailure } from "./application-failure.ts";
import type {
  ApplicationStatement,
  Connection,
  NamedStatement,
  QueryResult,
  WireResult,
  WireStatement,
} from "./database.ts";
import { failedAmong, failedAt, statementThatFailed } from "./failed-statement.ts";
import { callAfterFailure, isAbortedTransaction, isStatementFailure, toHoldfastError } from "./failures.ts";
import { refuseTooLarge } from "./wire/messages.ts";

/** Binds statements to the store's schema, each once, and names those that stay prepared. */
export type BindStatement = (bound: BoundStatement) => WireStatement;

/** The statement binder of one store. Names are digests of the bound text, so that two stores can share a pool. */
export function statementBinder(schema: string, preparedStatements: boolean): BindStatement {
  const known = new Map<Statement, Omit<WireStatement, "values">>();
  return ({ statement, values }) => {
    let wire = known.get(statement);
    if (!wire) {
      const text = bindSchema(statement.text, schema);
      const label = statement.name;
      const isNamed = preparedStatements && statement.prepared;
      wire = isNamed
        ? { text, label, name: `hf_${createHash("sha256").update(text).digest("base64url").slice(0, 24)}` }
        : { text, label };
      known.set(statement, wire);
    }
    return { values, ...wire };
  };
}

/** A statement without parameters, such as BEGIN. */
export function command(text: string): WireStatement {
  return { text, values: [] };
}

/**
 * Sends statements together and waits for all of their answers.
 *
 * @throws HoldfastError for the first statement that failed; the ones after it had no effect if a transaction is open.
 */
export async function sendAll(
  connection: Connection,
  statements: readonly WireStatement[],
): Promise<readonly WireResult[]> {
  checkSizes(statements);
  const [only] = statements;
  if (only !== undefined && statements.length === 1) return [await sendOne(connection, only)];
  const sentAt = performance.now();
  const answers = await Promise.allSettled(statements.map((statement) => connection.query(statement)));
  for (const [i, answer] of answers.entries()) {
    const statement = statements[i];
    if (statement && answer.status === "fulfilled") answered(connection, [statement], [answer.value], sentAt);
    else if (statement && answer.status === "rejected") failed(connection, statement, answer.reason, sentAt);
  }
  const failures = answers.flatMap((answer, i): readonly (readonly [unknown, WireStatement | undefined])[] =>
    answer.status === "rejected" ? [[answer.reason, statements[i]]] : [],
  );
  const failure = failures.find(([error]) => !isAbortedTransaction(error)) ?? failures[0];
  if (failure) throw failedAt(explained(connection, failure[0]), failure[1]);
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
}

/** Runs before anything is sent: otherwise the statements beside a refused one would be committed without it. */
function checkSizes(statements: readonly WireStatement[]): void {
  for (const statement of statements) {
    try {
      refuseTooLarge(statement.values);
    } catch (error) {
      throw failedAt(toHoldfastError(error), statement);
    }
  }
}

async function sendOne(connection: Connection, statement: WireStatement): Promise<WireResult> {
  const sentAt = performance.now();
  try {
    const result = await connection.query(statement);
    answered(connection, [statement], [result], sentAt);
    return result;
  } catch (error) {
    failed(connection, statement, error, sentAt);
    throw explained(connection, error);
  }
}

/** What the observer gets for each of the application's own statements: their texts are without number, and may hold its data. */
const ofApplication: WireStatement = { text: "", values: [], label: "application" };

/** Executes the application's own statement. Its failures become Holdfast's errors too. */
export async function executeOwn(connection: Connection, statement: ApplicationStatement): Promise<QueryResult> {
  const sentAt = performance.now();
  try {
    const result = await connection.execute(statement);
    answered(connection, [ofApplication], [result], sentAt);
    return result;
  } catch (error) {
    failed(connection, ofApplication, error, sentAt);
    throw isStatementFailure(error) ? applicationFailure(error) : explained(connection, error);
  }
}

/** Reports statements to the observer after their answers, which the caller has awaited: without a promise of its own. */
function answered(
  { observe }: Connection,
  statements: readonly WireStatement[],
  results: readonly { readonly rows: readonly unknown[] }[],
  sentAt: number,
): void {
  if (observe === undefined) return;
  const durationMs = performance.now() - sentAt;
  for (const [i, statement] of statements.entries()) {
    observe(statement, { durationMs, rows: results[i]?.rows.length ?? 0, error: null });
  }
}

/** Reports a statement that failed. */
function failed({ observe }: Connection, statement: WireStatement, error: unknown, sentAt: number): void {
  observe?.(statement, { durationMs: performance.now() - sentAt, rows: null, error });
}

/** The driver only says that a connection is unusable; the server may have said why when it ended the session. */
function explained(connection: Connection, error: unknown): HoldfastError {
  return toHoldfastError(isStatementFailure(error) ? error : (connection.brokenBy?.() ?? error));
}

function isNamed(statement: WireStatement): statement is NamedStatement {
  return statement.name !== undefined;
}

/** How to send a plan if no transaction is open. */
export interface Sending {
  readonly bind: BindStatement;
  /** Travels first, in the same transaction. */
  readonly guard?: WireStatement | undefined;
  /** Travels with the BEGIN of a transaction that takes several round trips. */
  readonly idleLimit?: WireStatement | undefined;
}

/** Begins a read-only transaction whose statements all see the snapshot of the first. */
const beginSnapshot = command("begin isolation level repeatable read read only");

/** Sends statements as one transaction, in one round trip. A single statement is a transaction by itself. */
async function sendAtomically(
  connection: Connection,
  statements: readonly WireStatement[],
  isSnapshot: boolean,
): Promise<readonly WireResult[]> {
  if (statements.length === 1) return sendAll(connection, statements);
  const { atomically } = connection;
  if (atomically && !isSnapshot && statements.every(isNamed)) {
    const sentAt = performance.now();
    try {
      const results = await atomically(statements);
      answered(connection, statements, results, sentAt);
      return results;
    } catch (error) {
      // The others are undone with it.
      const statement = statementThatFailed(error) ?? statements[0];
      if (statement) failed(connection, statement, error, sentAt);
      throw explained(connection, error);
    }
  }
  const begin = isSnapshot ? beginSnapshot : command("begin");
  const results = await sendAll(connection, [begin, ...statements, command("commit")]);
  refuseRollback(results.at(-1));
  return results.slice(1, -1);
}

/** Executes a plan as one transaction, including follow-up plans; as a part of the caller's, if one is open on the connection. */
export async function runAtomically<T>(connection: Connection, plan: Plan<T>, sending: Sending): Promise<T> {
  const { bind, guard, idleLimit } = sending;
  // A guard would fail the caller's open transaction.
  if (connection.inTransaction()) return runInside(connection, plan, bind);
  const before = guard === undefined ? [] : [guard];
  if (plan.next === undefined) {
    const statements = plan.statements.map(bind);
    const isSnapshot = plan.isSnapshot === true;
    const results = await sendAtomically(connection, [...before, ...statements], isSnapshot).catch((error: unknown) => {
      throw failedAmong(error, statements);
    });
    return plan.read(results.slice(before.length).map((result) => result.rows));
  }
  try {
    const opening = [command("begin"), ...before, ...(idleLimit === undefined ? [] : [idleLimit])];
    return await runChain(connection, plan, bind, opening);
  } catch (error) {
    // Always, because not every client can tell whether a transaction is open. The first failure stays the error. If the rollback fails
    // too, the owner of the session closes it.
    await sendAll(connection, [command("rollback")]).catch(() => undefined);
    throw error;
  }
}

/** Executes a plan, and its follow-ups, in the transaction that is open on the connection. */
export async function runInside<T>(connection: Connection, plan: Plan<T>, bind: BindStatement): Promise<T> {
  const results = (await sendAll(connection, plan.statements.map(bind))).map((result) => result.rows);
  return plan.next === undefined ? plan.read(results) : runInside(connection, plan.next(results), bind);
}

/** The statements that open the transaction travel with the first plan, and COMMIT with the last. */
async function runChain<T>(
  connection: Connection,
  plan: Plan<T>,
  bind: BindStatement,
  opening: readonly WireStatement[],
): Promise<T> {
  const statements = plan.statements.map(bind);
  const closing = plan.next === undefined ? [command("commit")] : [];
  const answers = await sendAll(connection, [...opening, ...statements, ...closing]);
  const results = answers.slice(opening.length, opening.length + statements.length).map((result) => result.rows);
  if (plan.next !== undefined) return runChain(connection, plan.next(results), bind, []);
  refuseRollback(answers.at(-1));
  return plan.read(results);
}

/**
 * A COMMIT that PostgreSQL answers with ROLLBACK did not commit, though it is no error on the wire; `first` is the reason, if it is
 * known.
 */
export function refuseRollback(commit: WireResult | undefined, first?: unknown): void {
  if (commit?.command !== "COMMIT") throw callAfterFailure(first, "The transaction was rolled back at its commit");
}
