import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { CallerClientSettings } from "./connection/connection-settings.ts";
import type { Connection, Database, WireStatement } from "./database.ts";
import type { Embedded } from "./embedded/embedded.ts";
import { command, sendAll } from "./execute.ts";
import { isStatementFailure, toHoldfastError } from "./failures.ts";
import { callersPath, clientConnection, isInTransaction, poolDatabase } from "./pool.ts";
import { PipelinedClient } from "./wire/driver-internals.ts";

/** Operations on an embedded database besides statements. */
export interface EmbeddedUse {
  readonly isRestartable?: boolean;
  /** Whether dead rows are removed now and then; not in a caller's database. */
  readonly hasUpkeep?: boolean;
}

/**
 * A `Database` on an embedded PostgreSQL, which has one session: a pool of one client whose transport leads into it.
 *
 * PGlite's own statement timeout does not fire while a statement computes, so it is timed here and ended by restarting. A database in
 * memory would lose everything with its thread, and a caller's PGlite is not ours to restart. So these have no such limit and cannot be
 * canceled.
 */
export function embeddedDatabase(
  embedded: Embedded,
  statementTimeoutMs: number,
  { isRestartable = false, hasUpkeep = true }: EmbeddedUse = {},
): Database {
  const pool = new pg.Pool({
    Client: PipelinedClient,
    // The driver's type wants a socket; it uses what any Duplex has, and connect(), which ours adds.
    stream: () => embedded.stream(),
    user: "postgres",
    database: "postgres",
    password: "embedded",
    max: 1,
    idleTimeoutMillis: 0,
    pipeline: true,
  });
  pool.on("error", () => undefined);
  const database = poolDatabase(pool, {
    connectionsMax: 1,
    isShared: false,
    preparedStatements: true,
    // Nobody else can hold a row, or wait for one.
    statementTimeoutMs: 0,
    idleInTransactionTimeoutMs: 0,
    listen: async () => null,
    close: async () => {
      await pool.end();
      await embedded.close();
    },
  });
  const upkeep = new Upkeep();
  const connect: Database["connect"] = async (observe) => {
    const session = await database.connect(observe);
    const connection = cancelledByRestart(upkeep.counting(session), isRestartable ? embedded : null);
    if (hasUpkeep) await upkeep.catchUp(connection);
    return isRestartable && statementTimeoutMs > 0 ? withTimeout(connection, embedded, statementTimeoutMs) : connection;
  };
  return { ...database, connect };
}

/** After how many statements dead rows are removed: a fifth of a second of work each time. */
const statementsBetweenUpkeep = 50_000;

/** Replaces autovacuum, which PostgreSQL's single-user mode lacks. */
class Upkeep {
  #statements = 0;

  counting(connection: Connection): Connection {
    return intercepted(connection, (statements, send) => {
      this.#statements += statements.length;
      return send();
    });
  }

  /** Before a connection is used, when no transaction is open. */
  async catchUp(connection: Connection): Promise<void> {
    if (this.#statements < statementsBetweenUpkeep || connection.inTransaction()) return;
    this.#statements = 0;
    try {
      await sendAll(connection, [command("vacuum (analyze)")]);
    } catch (error) {
      // A refusal by the database is not the fault of the next call, and is retried after as many more.
      if (isStatementFailure(error)) return;
      connection.release(toHoldfastError(error));
      throw error;
    }
  }
}

/** How long a canceled statement may still take: most end sooner than a restart would. */
const cancelPatienceMs = 250;

function cancelledByRestart(connection: Connection, embedded: Embedded | null): Connection {
  let isReleased = false;
  return {
    ...connection,
    release: (error) => {
      isReleased = true;
      connection.release(error);
    },
    cancel: async () => {
      await sleep(cancelPatienceMs);
      if (embedded !== null && !isReleased) await embedded.restart("the call was aborted").catch(() => undefined);
    },
  };
}

function withTimeout(connection: Connection, embedded: Embedded, statementTimeoutMs: number): Connection {
  return intercepted(connection, async (statements, send) => {
    if (statements.some(({ untimed }) => untimed)) return send();
    const timer = setTimeout(() => {
      void embedded
        .restart(`a statement ran longer than statementTimeoutMs (${statementTimeoutMs})`)
        .catch(() => undefined);
    }, statementTimeoutMs);
    try {
      return await send();
    } finally {
      clearTimeout(timer);
    }
  });
}

/** A connection that does something around whatever it sends. */
function intercepted(
  connection: Connection,
  wrap: <T>(statements: readonly WireStatement[], send: () => Promise<T>) => Promise<T>,
): Connection {
  const { atomically } = connection;
  return {
    ...connection,
    query: (statement) => wrap([statement], () => connection.query(statement)),
    execute: (statement) => wrap([command(statement.text)], () => connection.execute(statement)),
    ...(atomically ? { atomically: (statements) => wrap(statements, () => atomically(statements)) } : {}),
  };
}

/** A `Database` on a caller's own client: its only connection, perhaps inside a transaction, which is never ended here. */
export function clientDatabase(settings: CallerClientSettings): Database {
  const { client, preparedStatements, idleInTransactionTimeoutMs } = settings;
  let last: Promise<unknown> = Promise.resolve();
  let users = 0;
  return {
    connectionsMax: 1,
    isShared: true,
    preparedStatements,
    // A caller's object keeps its own limits.
    statementTimeoutMs: 0,
    idleInTransactionTimeoutMs,
    connect: (observe) => {
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => {
        release = () => {
          users--;
          resolve();
        };
      });
      users++;
      const turn = last.then(() => clientConnection(client, release, observe));
      last = released;
      return turn;
    },
    usage: () => ({ max: 1, open: 1, busy: Math.min(users, 1), waiting: Math.max(users - 1, 0) }),
    listen: async () => null,
    isInCallersTransaction: () => isInTransaction(client),
    plainPath: () => callersPath,
    close: async () => {
      await last;
    },
  };
}
