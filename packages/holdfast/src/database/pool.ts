import type pg from "pg";
import { InvalidInputError, UnavailableError } from "../errors.ts";
import { requestCancel } from "./cancel-request.ts";
import type { Connection, Database, StopListening, WireResult, WireStatement } from "./database.ts";
import { toHoldfastError } from "./failures.ts";
import { sendNamed } from "./named-query.ts";
import { OwnClient } from "./own-client.ts";
import { Parking, type PoolConnection } from "./parking.ts";
import { typeParsers } from "./values.ts";

/** How a pool is used: who owns it, what its sessions can do, and how notifications are heard. */
export interface PoolUse {
  readonly connectionsMax: number;
  readonly isShared: boolean;
  readonly preparedStatements: boolean;
  readonly statementTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
  listen(channel: string, onNotification: (payload: string | null) => void): Promise<StopListening | null>;
  /** Ends the pool where it is Holdfast's, and what else was opened with it. */
  close(): Promise<void>;
  /** How a client of the pool is had; by `connectFrom`, unless there is more to it. */
  readonly connect?: () => Promise<PoolConnection>;
}

/** A `Database` over a pool of `pg` clients. */
export function poolDatabase(pool: pg.Pool, use: PoolUse): Database {
  let closing: Promise<void> | null = null;
  const parking = new Parking(pool);
  const connect = use.connect ?? (() => connectFrom(pool));
  return {
    connectionsMax: use.connectionsMax,
    isShared: use.isShared,
    preparedStatements: use.preparedStatements,
    statementTimeoutMs: use.statementTimeoutMs,
    idleInTransactionTimeoutMs: use.idleInTransactionTimeoutMs,
    connect: async () => {
      try {
        return parking.take() ?? parking.lend(await connect());
      } catch (error) {
        throw toHoldfastError(error);
      }
    },
    usage: () => ({
      max: use.connectionsMax,
      open: pool.totalCount,
      busy: pool.totalCount - pool.idleCount - parking.count,
      waiting: pool.waitingCount,
    }),
    listen: (channel, onNotification) => use.listen(channel, onNotification),
    close: () => (closing ??= use.close()),
  };
}

/** All connections are in use: no fault of the host, so no other is tried. */
export class PoolExhaustedError extends UnavailableError {}

/** A `Connection` of a pool; throws what the driver throws, but for a pool that is exhausted. */
export async function connectFrom(pool: pg.Pool): Promise<PoolConnection> {
  try {
    const client = await pool.connect();
    return clientConnection(client, (error) => client.release(error));
  } catch (error) {
    // The pool has no code for it; its message for a host that does not answer is another.
    if (!(error instanceof Error) || error.message !== "timeout exceeded when trying to connect") throw error;
    const { max } = pool.options;
    throw new PoolExhaustedError(
      `No connection of the pool became free within the connect timeout: raise poolMax (${max}), or max of a pool of your own, ` +
        "or shorten the transactions that hold them.",
      { cause: error, retryable: true, facts: { field: "poolMax", poolMax: max } },
    );
  }
}

/** A `Connection` over a client, which `release` gives back to where it came from. */
export function clientConnection(client: pg.ClientBase, release: (error?: Error) => void): PoolConnection {
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    // The first says why; others follow when the socket closes.
    broken ??= error;
  };
  client.on("error", onError);
  return {
    query: sender(client),
    ...(client instanceof OwnClient ? { atomically: (statements) => sendNamed(client, statements) } : {}),
    together: corker(client),
    release: (error) => {
      client.removeListener("error", onError);
      release(error ?? broken);
    },
    cancel: () => requestCancel(client),
    inTransaction: () => isInTransaction(client),
    isBroken: () => broken !== undefined,
    brokenBy: () => broken,
  };
}

/**
 * A `Connection` over a client on which the caller has a transaction open. The client stays the caller's: nothing is given back,
 * and no listener stays on it.
 *
 * Where the client can tell that no transaction is open, each statement is refused, for it would be committed by itself.
 */
export function joinedConnection(client: pg.ClientBase): Connection {
  const send = sender(client);
  return {
    query: async (statement) => {
      if (statusOf(client) === "I") {
        throw new InvalidInputError(
          "No transaction is open on the client, so that each statement would be committed by itself: begin one, wait for it, " +
            "and end it after the calls.",
          { facts: { field: "client" } },
        );
      }
      return send(statement);
    },
    together: corker(client),
    release: () => undefined,
    cancel: () => requestCancel(client),
    inTransaction: () => isInTransaction(client),
  };
}

/** The most that a timer of Node's takes, about 25 days; the driver reads 0 as its own default. */
const longestTimeoutMs = 2 ** 31 - 1;

/** Whether the client says that a transaction is open on it. */
function isInTransaction(client: pg.ClientBase): boolean {
  const status = statusOf(client);
  return status === "T" || status === "E";
}

/** What the server last said: "I" outside a transaction, "T" inside one, "E" in a failed one; undefined where a client cannot tell. */
function statusOf(client: pg.ClientBase): string | null | undefined {
  const { getTransactionStatus } = client as { getTransactionStatus?: () => string | null };
  return getTransactionStatus?.call(client);
}

/**
 * Sends statements over one client in the order of the calls.
 *
 * A client in pipeline mode, as all of ours are, takes statements before it has answered the former ones. A caller's client
 * may not be: for it they queue here.
 */
function sender(client: pg.ClientBase): (statement: WireStatement) => Promise<WireResult> {
  const send = async ({ untimed, ...statement }: WireStatement): Promise<WireResult> => {
    const answer: pg.QueryArrayResult<unknown[]> | readonly pg.QueryArrayResult<unknown[]>[] = await client.query<
      unknown[]
    >({
      ...statement,
      ...(untimed ? { query_timeout: longestTimeoutMs } : {}),
      // The driver's type asks for a mutable array.
      values: [...statement.values],
      rowMode: "array",
      types: typeParsers,
    });
    // A text of several statements, such as a migration, has several results. The last one counts.
    const { rows, command } = (Array.isArray(answer) ? answer.at(-1) : answer) as pg.QueryArrayResult<unknown[]>;
    return { rows, command };
  };
  if (client instanceof OwnClient) {
    return async (statement) => {
      const { name, untimed } = statement;
      if (name === undefined || untimed) return send(statement);
      const [result] = await sendNamed(client, [{ ...statement, name }]);
      return result as WireResult;
    };
  }
  if (isPipelined(client)) return send;
  let last: Promise<unknown> = Promise.resolve();
  return (statement) => {
    const next = last.then(() => send(statement));
    last = next.catch(() => undefined);
    return next;
  };
}

/** Whether a client takes statements before it has answered the former ones. */
function isPipelined(client: pg.ClientBase): boolean {
  return "pipeline" in client && client.pipeline === true;
}

/** Holds back what is written to a client's stream until all of it is there, where the client has a stream that can. */
function corker(client: pg.ClientBase): <T>(send: () => T) => T {
  const { connection } = client as { connection?: { readonly stream?: { cork?(): void; uncork?(): void } } };
  return (send) => {
    const stream = connection?.stream;
    stream?.cork?.();
    try {
      return send();
    } finally {
      stream?.uncork?.();
    }
  };
}
