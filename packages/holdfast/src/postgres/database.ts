import type { Row } from "../core/plan.ts";
import type { ParameterValue } from "../core/values.ts";

/** A statement for the server: bound to the store's schema, and named if it stays prepared on the connection. */
export interface WireStatement {
  readonly text: string;
  readonly name?: string;
  readonly values: readonly ParameterValue[];
  /** What people call it, such as `jobs/pushJob` or `commit`. */
  readonly label?: string;
  /** No statement timeout on this side, for migrations, which may rewrite large tables. */
  readonly untimed?: true;
}

/** A statement that stays prepared. */
export interface NamedStatement extends WireStatement {
  readonly name: string;
}

/** The application's own statement, whose values the driver writes. */
export interface ApplicationStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The result of an application's own statement. */
export interface QueryResult<R extends object = Readonly<Record<string, unknown>>> {
  /** Objects by column name, with values as `pg` reads them. */
  readonly rows: readonly R[];
  /** How many rows were read or written; null for a command without such a number. */
  readonly rowCount: number | null;
}

/** The result of a statement: its rows, and the command tag without counts (`INSERT`, `COMMIT`, `ROLLBACK` …). */
export interface WireResult {
  readonly rows: readonly Row[];
  readonly command: string;
}

/**
 * One session of PostgreSQL, held by one user at a time.
 *
 * Statements are executed in the order of the calls. A call need not wait for the one before it.
 */
export interface Connection {
  query(statement: WireStatement): Promise<WireResult>;
  /** Executes one statement of the application, by the extended protocol, so that the server refuses a text of several. */
  execute(statement: ApplicationStatement): Promise<QueryResult>;
  /**
   * Executes named statements as one transaction, if none is open. The server makes them one by itself, without BEGIN and COMMIT, and
   * answers all of them at once. Absent if the client sends each statement by itself.
   */
  readonly atomically?: (statements: readonly NamedStatement[]) => Promise<readonly WireResult[]>;
  /** Gives the connection back; with an error, it is closed instead of reused. */
  release(error?: Error): void;
  /**
   * Requests an early end of the running statement, without a guarantee. A server ends it with an error. An embedded database in a folder
   * restarts, and one in memory lets it run.
   */
  cancel(): Promise<void>;
  /** True if a transaction that the caller began is open. */
  inTransaction(): boolean;
  /** The error that ended the idle session, if it has ended. */
  brokenBy?(): Error | undefined;
  /** Receives each statement that was sent on it. */
  readonly observe?: ObserveStatement | undefined;
}

/** What became of a statement that was sent. */
export interface StatementOutcome {
  /** From sending it until its answer. Statements that were sent together are answered together. */
  readonly durationMs: number;
  /** null if it failed. */
  readonly rows: number | null;
  readonly error: unknown;
}

/** Receives each statement that a connection has sent, and what became of it. Must not throw. */
export type ObserveStatement = (statement: WireStatement, outcome: StatementOutcome) => void;

/** Stops listening. */
export type StopListening = () => Promise<void>;

/** Receives what comes of listening. */
export interface ListenHandlers {
  /** A notification; or null whenever some may have been missed, after the connection was lost and listening resumed. */
  readonly onNotification: (payload: string | null) => void;
  /** The connection was lost. */
  readonly onLost?: (() => void) | undefined;
}

/** Whether notifications of other processes arrive. */
export interface ListenUsage {
  /**
   * `off`: nobody here listens yet. `lost`: the connection is being replaced, and listeners poll meanwhile. `unavailable`: none can
   * arrive, as in an embedded database or behind a pooler that shares sessions.
   */
  readonly state: "off" | "on" | "lost" | "unavailable";
  /** How often the connection was lost. */
  readonly losses: number;
  /** How many notifications of other processes arrived. */
  readonly received: number;
}

/** How the connections of one process are used. */
export interface ConnectionUsage {
  readonly max: number;
  readonly open: number;
  /** Of the open ones, those that are working or held by a transaction. */
  readonly busy: number;
  /** How many calls wait for one. */
  readonly waiting: number;
}

/** PostgreSQL, however it is reached: a server through a pool, an embedded one, or a caller's connection. */
export interface Database {
  /** The most sessions it has. With 1, a call outside a transaction waits until that transaction has ended. */
  readonly connectionsMax: number;
  /** Whether other processes or stores may share the database, so that hints travel between them. */
  readonly isShared: boolean;
  /** Whether statements may be named and stay prepared (not behind a pooler that shares sessions). */
  readonly preparedStatements: boolean;
  /** How long a statement may run, as far as Holdfast enforces it; 0: only the server's own limit applies. */
  readonly statementTimeoutMs: number;
  /** How long a transaction of Holdfast's may make no call before the server ends it; 0: no limit. */
  readonly idleInTransactionTimeoutMs: number;
  /**
   * Returns a session, with an observer of its statements.
   *
   * @throws UnavailableError if none is free within the connect timeout.
   */
  connect(observe?: ObserveStatement): Promise<Connection>;
  /** The current use of its sessions, except those for notifications. */
  usage(): ConnectionUsage;
  /** Listens on a channel. Returns null if no notification can arrive (a transaction pooler, an embedded database). */
  listen(channel: string, handlers: ListenHandlers): Promise<StopListening | null>;
  /** Whether a caller has a transaction open on its only session. All calls are a part of it then. Undefined if no caller can. */
  readonly isInCallersTransaction?: () => boolean;
  /** Why statements take the plain path of the driver, which is slower; null while they need not. */
  plainPath(): string | null;
  /** Waits for calls in flight, then closes what Holdfast opened; the caller's own objects stay open. */
  close(): Promise<void>;
}
