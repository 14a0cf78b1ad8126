import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { ConflictError, HoldfastError, InvalidInputError } from "../errors.ts";
import type { Codec } from "./codec.ts";
import { Coalescer } from "./coalesce.ts";
import type { Connection, Database, WireStatement } from "./database.ts";
import { command, refuseRollback, sendAll, sendAtomically, statementBinder, type BindStatement } from "./execute.ts";
import { isSerializationFailure, isStatementFailure, toHoldfastError } from "./failures.ts";
import type { Plan } from "./plan.ts";
import type { Session, Write } from "./session.ts";
import { TransactionSession } from "./transaction-session.ts";

/** How a transaction runs. */
export interface TransactionOptions {
  /** PostgreSQL's isolation level; "read committed" by default, on which all of Holdfast is correct. */
  readonly isolation?: "read committed" | "repeatable read" | "serializable";
  readonly readOnly?: boolean;
  /** How often the whole of it is run again after a serialization failure or a deadlock; 5 by default. */
  readonly retries?: number;
}

const begins: Readonly<Record<string, readonly [readWrite: string, readOnly: string]>> = {
  "read committed": ["begin isolation level read committed", "begin isolation level read committed read only"],
  "repeatable read": ["begin isolation level repeatable read", "begin isolation level repeatable read read only"],
  serializable: ["begin isolation level serializable", "begin isolation level serializable read only"],
};

/** What a store's session is made of. */
export interface StoreSessionOptions {
  readonly database: Database;
  readonly schema: string;
  readonly codec: Codec;
  /** Whether single writes of concurrent callers travel together. */
  readonly coalesce: boolean;
  readonly onHint: (topic: string) => void;
}

const retriesDefault = 5;
const retryDelayMs = 5;

/** The session of a store: each plan is a transaction of its own, on any connection; single writes are coalesced. */
export class StoreSession implements Session {
  readonly codec: Codec;
  readonly #options: StoreSessionOptions;
  readonly #bind: BindStatement;
  readonly #coalescers = new Map<string, Coalescer<unknown, unknown>>();
  readonly #insideTransaction = new AsyncLocalStorage<true>();

  constructor(options: StoreSessionOptions) {
    this.codec = options.codec;
    this.#options = options;
    this.#bind = statementBinder(options.schema, options.database.preparedStatements);
  }

  run<T>(plan: Plan<T>): Promise<T> {
    const statements = plan.statements.map(this.#bind);
    return this.#retry(retriesDefault, () =>
      this.#withConnection(async (connection) => plan.read(await sendAtomically(connection, statements))),
    );
  }

  write<I, O>(write: Write<I, O>, input: I): Promise<O> {
    if (!this.#options.coalesce) return this.#writeOne(write, input);
    let coalescer = this.#coalescers.get(write.name);
    if (!coalescer) {
      // One map serves all writes; a name always comes with the same input and output types.
      coalescer = new Coalescer<I, O>(write, (plan) => this.run(plan)) as unknown as Coalescer<unknown, unknown>;
      this.#coalescers.set(write.name, coalescer);
    }
    return coalescer.call(input) as Promise<O>;
  }

  async writeAll<I, O>(write: Write<I, O>, inputs: readonly I[]): Promise<readonly O[]> {
    return inputs.length === 0 ? [] : this.run(write.plan(inputs));
  }

  transaction<T>(work: (session: Session) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const { retries = retriesDefault } = options;
    const begin = beginCommand(options);
    return this.#retry(retries, () => this.#withConnection((connection) => this.#transactOn(connection, begin, work)));
  }

  /**
   * A transaction session over a connection on which the caller has a transaction open. Since nobody here learns of its
   * commit, hints go inside it, as statements.
   */
  join(connection: Connection, hintStatement: (topic: string) => WireStatement): TransactionSession {
    return new TransactionSession({ connection, bind: this.#bind, codec: this.codec, hintStatement });
  }

  /** Asks for an answer, on any connection. */
  async ping(): Promise<void> {
    await this.#withConnection((connection) => sendAll(connection, [command("select 1")]));
  }

  hint(topic: string): void {
    this.#options.onHint(topic);
  }

  async #writeOne<I, O>(write: Write<I, O>, input: I): Promise<O> {
    const [output] = await this.run(write.plan([input]));
    return output as O;
  }

  async #transactOn<T>(connection: Connection, begin: string, work: (session: Session) => Promise<T>): Promise<T> {
    const nested = connection.inTransaction();
    const session = new TransactionSession({ connection, bind: this.#bind, codec: this.codec });
    if (nested) return session.transaction(work);
    await sendAll(connection, [command(begin)]);
    let result: T;
    try {
      result = await this.#insideTransaction.run(true, () => work(session));
      await session.finish();
    } catch (error) {
      await session.finish().catch(() => undefined);
      await sendAll(connection, [command("rollback")]);
      throw error;
    }
    const [commit] = await sendAll(connection, [command("commit")]);
    refuseRollback(commit);
    for (const topic of session.hints) this.hint(topic);
    return result;
  }

  async #withConnection<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#options.database.connectionsMax === 1 && this.#insideTransaction.getStore()) {
      throw new InvalidInputError(
        "The store was called inside its own transaction, on a database with a single connection, where that call would wait for " +
          "ever: make the call on the transaction's handle.",
        { facts: { field: "transaction" } },
      );
    }
    const connection = await this.#options.database.connect();
    let failure: Error | undefined;
    try {
      return await work(connection);
    } catch (error) {
      // After anything but an answer of the server, the state of the session is unknown: it is closed.
      if (error instanceof Error && isConnectionSuspect(error)) failure = error;
      throw error;
    } finally {
      connection.release(failure);
    }
  }

  async #retry<T>(retries: number, attempt: () => Promise<T>): Promise<T> {
    for (let tried = 0; ; tried++) {
      try {
        return await attempt();
      } catch (error) {
        if (!isSerializationFailure(error) || tried >= retries) throw error instanceof HoldfastError ? error : explain(error);
        // Full jitter, so that the transactions that collided do not meet again.
        await sleep(Math.random() * retryDelayMs * 2 ** tried);
      }
    }
  }
}

function beginCommand({ isolation = "read committed", readOnly = false }: TransactionOptions): string {
  const begin = begins[isolation]?.[readOnly ? 1 : 0];
  if (begin !== undefined) return begin;
  const known = Object.keys(begins).join(", ");
  throw new InvalidInputError(`isolation is ${JSON.stringify(isolation)}, which is none of: ${known}.`, { facts: { field: "isolation" } });
}

/** The caller's own errors pass as they are; the driver's become Holdfast's. */
function explain(error: unknown): unknown {
  return error instanceof Error && "code" in error && "severity" in error ? toHoldfastError(error) : error;
}

function isConnectionSuspect(error: Error): boolean {
  return error instanceof HoldfastError && error.code === "unavailable" && !isStatementFailure(error) && !(error instanceof ConflictError);
}
