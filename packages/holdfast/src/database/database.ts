import type { ParameterValue, Row } from "./plan.ts";

/** A statement as it goes to the server: bound to the store's schema, named when it is to stay prepared on the connection. */
export interface WireStatement {
  readonly text: string;
  readonly name?: string;
  readonly values: readonly ParameterValue[];
  /** No statement timeout on this side: for migrations, which may rewrite large tables. */
  readonly untimed?: true;
}

/** A statement that stays prepared. */
export interface NamedStatement extends WireStatement {
  readonly name: string;
}

/** What a statement gave: its rows, and the command tag without counts (`INSERT`, `COMMIT`, `ROLLBACK` …). */
export interface WireResult {
  readonly rows: readonly Row[];
  readonly command: string;
}

/**
 * One session of PostgreSQL, held by one user at a time.
 *
 * Statements are executed in the order of the calls. A call need not wait for the one before it: those made together
 * travel together.
 */
export interface Connection {
  query(statement: WireStatement): Promise<WireResult>;
  /**
   * Executes named statements as one transaction, where none is open: the server makes them one by itself, without BEGIN and
   * COMMIT, and answers all of them at once. Absent where the client sends each statement by itself.
   */
  readonly atomically?: (statements: readonly NamedStatement[]) => Promise<readonly WireResult[]>;
  /** Sends what the function asks for in as few writes as it takes; the function waits for nothing. */
  together<T>(send: () => T): T;
  /** Gives the connection back; with an error, it is closed instead of being used again. */
  release(error?: Error): void;
  /**
   * Asks for an early end of what is running, without a promise that there will be one: a server ends the statement with an
   * error; an embedded database in a folder restarts, one in memory lets it run.
   */
  cancel(): Promise<void>;
  /** True where a transaction that the caller began is open. */
  inTransaction(): boolean;
  /** What ended the session while nothing was asked of it, if it has ended so. */
  brokenBy?(): Error | undefined;
}

/** Stops listening. */
export type StopListening = () => Promise<void>;

/** How the connections of one process are used. */
export interface ConnectionUsage {
  readonly max: number;
  readonly open: number;
  /** Of the open ones, those that work or are held by a transaction. */
  readonly busy: number;
  /** How many calls wait for one. */
  readonly waiting: number;
}

/** PostgreSQL, however it is reached: a server through a pool, an embedded one, or a connection of the caller's. */
export interface Database {
  /** How many sessions it has at most; at 1, a call outside a transaction waits until that transaction has ended. */
  readonly connectionsMax: number;
  /** Whether other processes or stores may be on the same database, so that hints go out to them and come from them. */
  readonly isShared: boolean;
  /** Whether statements may be named and stay prepared (not behind a pooler that shares sessions). */
  readonly preparedStatements: boolean;
  /** How long a statement may run, as far as Holdfast sees to it; 0: the server's own limit alone counts. */
  readonly statementTimeoutMs: number;
  /** After how long without a call the server ends a transaction of Holdfast's; 0: never. */
  readonly idleInTransactionTimeoutMs: number;
  /** A session; @throws UnavailableError when there is none within the connect timeout. */
  connect(): Promise<Connection>;
  /** How its sessions are used at this moment, those for notifications apart. */
  usage(): ConnectionUsage;
  /**
   * Calls `onNotification` for each notification on `channel`, and with null whenever some may have been missed: after the
   * connection was lost and listening began anew. Null is returned where none can arrive (a transaction pooler, an embedded database).
   */
  listen(channel: string, onNotification: (payload: string | null) => void): Promise<StopListening | null>;
  /** Waits for what is in flight, then closes what Holdfast opened; what the caller brought stays open. */
  close(): Promise<void>;
}
