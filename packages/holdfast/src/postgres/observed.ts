import type { Connection, Database, NamedStatement, WireResult, WireStatement } from "./database.ts";
import { statementThatFailed } from "./failed-statement.ts";

/** What became of a statement that was sent. */
export interface StatementOutcome {
  /** From sending it until its answer. Statements that were sent together also wait for those before them. */
  readonly durationMs: number;
  /** null if it failed. */
  readonly rows: number | null;
  readonly error: unknown;
}

/** Receives each statement that a connection has sent, and what became of it. Must not throw. */
export type ObserveStatement = (statement: WireStatement, outcome: StatementOutcome) => void;

/** The same database, with an observer of all statements. */
export function observedDatabase(database: Database, observe: ObserveStatement): Database {
  return { ...database, connect: async () => observed(await database.connect(), observe) };
}

/** What the observer gets for each of the application's own statements. */
const ofApplication: WireStatement = { text: "", values: [], label: "application" };

/** The same connection, with an observer of its statements. */
export function observed(connection: Connection, observe: ObserveStatement): Connection {
  const { atomically } = connection;
  const sending = async <R extends { readonly rows: readonly unknown[] }>(
    statement: WireStatement,
    send: () => Promise<R>,
  ): Promise<R> => {
    const sentAt = performance.now();
    try {
      const result = await send();
      observe(statement, { durationMs: performance.now() - sentAt, rows: result.rows.length, error: null });
      return result;
    } catch (error) {
      observe(statement, { durationMs: performance.now() - sentAt, rows: null, error });
      throw error;
    }
  };
  return {
    ...connection,
    query: (statement) => sending(statement, () => connection.query(statement)),
    // One name for all: the application's texts are without number, and may hold its data.
    execute: (statement) => sending(ofApplication, () => connection.execute(statement)),
    ...(atomically ? { atomically: (statements) => together(statements, () => atomically(statements), observe) } : {}),
  };
}

/** Statements of one answer. If one fails, the others are undone, so it alone is observed. */
async function together(
  statements: readonly NamedStatement[],
  send: () => Promise<readonly WireResult[]>,
  observe: ObserveStatement,
): Promise<readonly WireResult[]> {
  const sentAt = performance.now();
  try {
    const results = await send();
    const durationMs = performance.now() - sentAt;
    for (const [i, statement] of statements.entries()) {
      observe(statement, { durationMs, rows: results[i]?.rows.length ?? 0, error: null });
    }
    return results;
  } catch (error) {
    const failed = statementThatFailed(error) ?? statements[0];
    if (failed) observe(failed, { durationMs: performance.now() - sentAt, rows: null, error });
    throw error;
  }
}
