import { setMaxListeners } from "node:events";
import { InvalidInputError } from "../errors.ts";
import { type CallLimits, checkSignal } from "./call-limits.ts";
import { Coalescer } from "./coalesce.ts";
import type { Codec } from "./codec.ts";
import type { Connection, Database, StopListening, WireStatement } from "./database.ts";
import { command, sendAll, statementBinder, type BindStatement } from "./execute.ts";
import type { HintListener, Hints } from "./hints.ts";
import { idleLimitStatement } from "./idle-limit.ts";
import { checkInteger } from "./input.ts";
import { enterTransaction, isInside } from "./inside-transaction.ts";
import { LimitedSession } from "./limited-session.ts";
import { LockWaits } from "./lock-waits.ts";
import { OpenCalls } from "./open-calls.ts";
import type { Plan } from "./plan.ts";
import { isReadOnlyPlan } from "./read-only.ts";
import { planRunner, retriesDefault, retrying, type RunPlan, withConnection } from "./run-plan.ts";
import { runWrite } from "./run-write.ts";
import type { Session, Write } from "./session.ts";
import { settleCommit, ticketStatement } from "./settle-commit.ts";
import {
  beginCommand,
  type Committed,
  LostCommitError,
  type Opening,
  transact,
  type TransactionOptions,
} from "./transact.ts";
import { TransactionSession } from "./transaction-session.ts";
import { writeAll } from "./write-all.ts";

export type { TransactionOptions } from "./transact.ts";

/** What a store's session is made of. */
export interface StoreSessionOptions {
  readonly database: Database;
  readonly schema: string;
  readonly codec: Codec;
  /** Whether single writes of concurrent callers travel together. */
  readonly coalesce: boolean;
  readonly hints: Pick<Hints, "send" | "announce" | "listen">;
}

/** The session of a store: each plan is a transaction of its own, on any connection; single writes are coalesced. */
export class StoreSession implements Session {
  readonly codec: Codec;
  readonly isTransaction = false;
  readonly #options: StoreSessionOptions;
  readonly #bind: BindStatement;
  readonly #ticket: WireStatement;
  readonly #idleLimit: WireStatement | undefined;
  readonly #runPlan: RunPlan;
  readonly #lockWaits: LockWaits;
  readonly #coalescer: Coalescer;
  readonly #calls = new OpenCalls();

  constructor(options: StoreSessionOptions) {
    this.codec = options.codec;
    this.#options = options;
    const { database, schema } = options;
    this.#bind = statementBinder(schema, database.preparedStatements);
    this.#ticket = ticketStatement(database);
    this.#idleLimit = idleLimitStatement(database);
    this.#runPlan = planRunner(database, this.#bind);
    this.#lockWaits = new LockWaits(database, this.#runPlan);
    const { connectionsMax } = database;
    const announce = (topic: string): void => options.hints.announce(topic);
    this.#coalescer = new Coalescer({ run: this.#runPlan, lockWaits: this.#lockWaits, connectionsMax, announce });
  }

  run<T>(plan: Plan<T>): Promise<T> {
    return this.#run(plan, undefined);
  }

  write<I, O>(write: Write<I, O>, input: I): Promise<O> {
    return this.#write(write, input, undefined);
  }

  writeAll<I, O>(write: Write<I, O>, inputs: readonly I[]): Promise<readonly O[]> {
    return writeAll(this, write, inputs);
  }

  transaction<T>(work: (session: Session) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return this.#transaction(work, options, undefined);
  }

  /** The same session with an end to every call: at a signal, or after a time. */
  with(limits: CallLimits): LimitedSession {
    const calls = {
      run: <T>(plan: Plan<T>, signal: AbortSignal | undefined) => this.#run(plan, signal),
      write: <I, O>(write: Write<I, O>, input: I, signal: AbortSignal | undefined) => this.#write(write, input, signal),
      transaction: <T>(
        work: (session: Session) => Promise<T>,
        options: TransactionOptions,
        signal: AbortSignal | undefined,
      ) => this.#transaction(work, options, signal),
    };
    // Each call under way listens for its end, and any number may be.
    const signal = checkSignal(limits.signal);
    if (signal) setMaxListeners(0, signal);
    return new LimitedSession(this, calls, limits);
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
    this.#refuseInside();
    const asked = [command("select 1")];
    await this.#calls.during(() => withConnection(this.#options.database, (connection) => sendAll(connection, asked)));
  }

  /** Inside a transaction of the store's, closing would wait for that transaction, which may wait for the close. */
  refuseCloseInside(): void {
    if (!isInside(this)) return;
    throw new InvalidInputError(
      "The store was closed inside its own transaction, for whose end that would wait: close it after the transaction.",
      { facts: { field: "close" } },
    );
  }

  /** Refuses further calls, and waits for those that are under way. */
  close(): Promise<void> {
    return this.#calls.close();
  }

  hint(topic: string): void {
    this.#options.hints.send(topic);
  }

  async listen(listener: HintListener): Promise<StopListening> {
    return this.#calls.during(() => this.#options.hints.listen(listener));
  }

  async #run<T>(plan: Plan<T>, signal: AbortSignal | undefined): Promise<T> {
    this.#refuseInside();
    return this.#calls.during(() => this.#runAlone(plan, signal));
  }

  #runAlone<T>(plan: Plan<T>, signal: AbortSignal | undefined): Promise<T> {
    return isReadOnlyPlan(plan) ? this.#runPlan(plan, { signal }) : this.#lockWaits.runAlone(plan, signal);
  }

  async #write<I, O>(write: Write<I, O>, input: I, signal: AbortSignal | undefined): Promise<O> {
    this.#refuseInside();
    return this.#calls.during(() => {
      const isAlone = !this.#options.coalesce || (write.isUrgent && !this.#coalescer.isAboutToSend);
      return isAlone ? this.#writeAlone(write, input, signal) : this.#coalescer.call(write, input, signal);
    });
  }

  async #writeAlone<I, O>(write: Write<I, O>, input: I, signal: AbortSignal | undefined): Promise<O> {
    const [output] = await runWrite(write, [input], (plan) => this.#runAlone(plan, signal));
    return output as O;
  }

  async #transaction<T>(
    work: (session: Session) => Promise<T>,
    options: TransactionOptions,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    this.#refuseInside();
    const retries = checkInteger(options.retries ?? retriesDefault, "retries", { min: 0, max: 1000 });
    const ticket = options.readOnly ? null : this.#ticket;
    const opening = { begin: beginCommand(options), ticket, idleLimit: this.#idleLimit };
    const { result, hints } = await this.#calls.during(() =>
      retrying(() => this.#transactOnce(opening, work, signal), { retries, signal }),
    );
    for (const topic of hints) this.hint(topic);
    return result;
  }

  async #transactOnce<T>(
    opening: Opening,
    work: (session: Session) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<Committed<T>> {
    const { database } = this.#options;
    const entered = { store: this, isOpen: true };
    try {
      return await withConnection(
        database,
        async (connection, enter) => {
          const refuseAborted = (): void => signal?.throwIfAborted();
          const isReadOnly = opening.ticket === null;
          const options = {
            connection,
            bind: this.#bind,
            codec: this.codec,
            isReadOnly,
            refuseAborted,
            onCommit: () => enter("committing"),
          };
          const inside = (session: TransactionSession): Promise<T> => enterTransaction(entered, () => work(session));
          if (!connection.inTransaction()) return transact(options, opening, inside);
          // The caller's own transaction on the caller's own client: a part of it, and its end is the caller's.
          const session = new TransactionSession(options);
          return { result: await session.transaction(() => inside(session)), hints: session.hints };
        },
        signal,
      );
    } catch (error) {
      if (!(error instanceof LostCommitError)) throw error;
      await settleCommit(database, { ticket: error.ticket, cause: error.cause, signal });
      // Thrown by this very call of transact, so its result is a T.
      return error as LostCommitError<T>;
    } finally {
      entered.isOpen = false;
    }
  }

  /** On a single connection, a call inside the store's own transaction would wait for that transaction, which waits for it. */
  #refuseInside(): void {
    if (this.#options.database.connectionsMax > 1 || !isInside(this)) return;
    throw new InvalidInputError(
      "The store was called inside its own transaction, on a database with a single connection, where that call would wait for " +
        "ever: make the call on the transaction's handle.",
      { facts: { field: "transaction" } },
    );
  }
}
