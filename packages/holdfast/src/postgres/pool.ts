import type pg from "pg";
import { InvalidInputError, UnavailableError } from "../core/errors.ts";
import { typeParsers } from "../core/values.ts";
import { requestCancel } from "./cancel-request.ts";
import type {
  Connection,
  Database,
  ListenHandlers,
  ObserveStatement,
  StopListening,
  WireResult,
  WireStatement,
} from "./database.ts";
import { toHoldfastError } from "./failures.ts";
import type { TransactionClient } from "./transaction-client.ts";
import { beginTrial, isPoolTimeout, PipelinedClient, sendPrepared, whyPlain } from "./wire/driver-internals.ts";
import { standsTrial } from "./wire/self-check.ts";

/** How a pool is used: who owns it, what its sessions can do, and how notifications arrive. */
export interface PoolUse {
  readonly connectionsMax: number;
  readonly isShared: boolean;
  readonly preparedStatements: boolean;
  readonly statementTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
  listen(channel: string, handlers: ListenHandlers): Promise<StopListening | null>;
  /** Ends the pool if it is Holdfast's, and what else was opened with it. */
  close(): Promise<void>;
  /** Whether its clients are the caller's, and not of our class. */
  readonly isCallers?: boolean;
  /** How to get a client of the pool; by `connectFrom`, unless there is more to do. */
  readonly connect?: (observe: ObserveStatement | undefined) => Promise<Connection>;
}

/** A `Database` over a pool of `pg` clients. */
export function poolDatabase(pool: pg.Pool, use: PoolUse): Database {
  let closing: Promise<void> | null = null;
  const connect = use.connect ?? ((observe) => connectFrom(pool, observe));
  return {
    connectionsMax: use.connectionsMax,
    isShared: use.isShared,
    preparedStatements: use.preparedStatements,
    statementTimeoutMs: use.statementTimeoutMs,
    idleInTransactionTimeoutMs: use.idleInTransactionTimeoutMs,
    connect: async (observe) => {
      try {
        return await connect(observe);
      } catch (error) {
        throw toHoldfastError(error);
      }
    },
    usage: () => ({
      max: use.connectionsMax,
      open: pool.totalCount,
      busy: pool.totalCount - pool.idleCount,
      waiting: pool.waitingCount,
    }),
    listen: (channel, handlers) => use.listen(channel, handlers),
    plainPath: () => (use.isCallers === true ? callersPath : whyPlain()),
    close: () => (closing ??= use.close()),
  };
}

/** Why a caller's clients take the plain path. */
export const callersPath = "A client or a pool of your own has no quick path: give a URL instead.";

/** All connections are in use: no fault of the host, so no other is tried. */
export class PoolExhaustedError extends UnavailableError {}

/** A `Connection` of a pool. Throws the driver's errors, except for an exhausted pool. */
export async function connectFrom(pool: pg.Pool, observe?: ObserveStatement): Promise<Connection> {
  try {
    const client = await pool.connect();
    if (beginTrial(client) && !(await standsTrial(client))) {
      client.release(true);
      return await connectFrom(pool, observe);
    }
    return clientConnection(client, (error) => client.release(error), observe);
  } catch (error) {
    if (!isPoolTimeout(error)) throw error;
    const { max } = pool.options;
    throw new PoolExhaustedError(
      `No connection of the pool became free within the connect timeout: raise poolMax (${max}), or max of a pool of your own, ` +
        "or shorten the transactions that hold them.",
      { cause: error, retryable: true, facts: { field: "poolMax", poolMax: max } },
    );
  }
}

/** A `Connection` over a client, which `release` returns to its origin. */
export function clientConnection(
  client: pg.ClientBase,
  release: (error?: Error) => void,
  observe?: ObserveStatement,
): Connection {
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    // The first says why; others follow when the socket closes.
    broken ??= error;
  };
  client.on("error", onError);
  const { query, execute } = sender(client);
  return {
    query,
    execute,
    ...(isQuick(client) ? { atomically: (statements) => sendPrepared(client, statements) } : {}),
    release: (error) => {
      client.removeListener("error", onError);
      release(error ?? broken);
    },
    cancel: () => requestCancel(client),
    inTransaction: () => isInTransaction(client),
    brokenBy: () => broken,
    observe,
  };
}

/**
 * A `Connection` over a client on which the caller has a transaction open. The client remains the caller's: nothing is returned, and no
 * listener stays on it.
 *
 * If the client can tell that no transaction is open, each statement is refused, because it would be committed by itself.
 */
export function joinedConnection(joined: pg.ClientBase | TransactionClient, observe?: ObserveStatement): Connection {
  // Beyond `pg`'s own `query`, nothing is asked of it that it may lack.
  const client = joined as pg.ClientBase;
  const { query, execute } = sender(client);
  const inOpenTransaction = <S, R>(send: (statement: S) => Promise<R>): ((statement: S) => Promise<R>) => {
    return async (statement) => {
      if (statusOf(client) !== "I") return send(statement);
      throw new InvalidInputError(
        "No transaction is open on the client, so that each statement would be committed by itself: begin one, wait for it, " +
          "and end it after the calls.",
        { facts: { field: "client" } },
      );
    };
  };
  return {
    query: inOpenTransaction(query),
    execute: inOpenTransaction(execute),
    release: () => undefined,
    cancel: () => requestCancel(client),
    inTransaction: () => isInTransaction(client),
    observe,
  };
}

/** The longest that a timer of Node.js takes, about 25 days; the driver reads 0 as its own default. */
const longestTimeoutMs = 2 ** 31 - 1;

/** Whether the client says that a transaction is open on it. */
export function isInTransaction(client: pg.ClientBase): boolean {
  const status = statusOf(client);
  return status === "T" || status === "E";
}

/** The server's last status: "I" outside a transaction, "T" inside one, "E" in a failed one; undefined if a client cannot tell. */
function statusOf(client: pg.ClientBase): string | null | undefined {
  const { getTransactionStatus } = client as { getTransactionStatus?: () => string | null };
  return getTransactionStatus?.call(client);
}

/**
 * Sends statements over one client in call order.
 *
 * A client in pipeline mode, as all of ours are, accepts statements before it has answered the previous ones. For a caller's client
 * without it, they queue here.
 */
function sender(client: pg.ClientBase): Pick<Connection, "query" | "execute"> {
  const execute = executing(client);
  const send = async ({ untimed, label: _label, ...statement }: WireStatement): Promise<WireResult> => {
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
  if (isQuick(client)) {
    const query = async (statement: WireStatement): Promise<WireResult> => {
      const { name, untimed } = statement;
      if (name === undefined || untimed) return send(statement);
      const [result] = await sendPrepared(client, [{ ...statement, name }]);
      return result as WireResult;
    };
    return { query, execute };
  }
  if (isPipelined(client)) return { query: send, execute };
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <S, R>(send: (statement: S) => Promise<R>): ((statement: S) => Promise<R>) => {
    return (statement) => {
      const next = last.then(() => send(statement));
      last = next.catch(() => undefined);
      return next;
    };
  };
  return { query: inTurn(send), execute: inTurn(execute) };
}

/** An option of the driver that its types lack: every statement takes the extended protocol, which refuses a text of several. */
interface ExtendedQuery extends pg.QueryConfig {
  readonly queryMode: "extended";
}

/** Sends the application's statements over one client. Types are the client's own. */
function executing(client: pg.ClientBase): Connection["execute"] {
  return async ({ text, values }) => {
    const query: ExtendedQuery = { text, values: [...values], queryMode: "extended" };
    const answer: pg.QueryResult<Record<string, unknown>> | readonly pg.QueryResult[] = await client.query(query);
    if (!Array.isArray(answer)) return answer;
    throw new InvalidInputError(
      "text held several statements, which the client executed: make a call for each, and look what they did.",
      { facts: { field: "text", statements: answer.length } },
    );
  };
}

function isQuick(client: pg.ClientBase): client is PipelinedClient {
  return client instanceof PipelinedClient && client.isQuick;
}

/** Whether a client accepts statements before it has answered the previous ones. */
function isPipelined(client: pg.ClientBase): boolean {
  return "pipeline" in client && client.pipeline === true;
}
