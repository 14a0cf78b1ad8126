import { setMaxListeners } from "node:events";
import type { Codec } from "../core/codec.ts";
import { InvalidInputError } from "../core/errors.ts";
import { checkInteger } from "../core/input.ts";
import { type Plan, readsOnly } from "../core/plan.ts";
import type { SharedRead } from "../core/shared-read.ts";
import type { Write } from "../core/write.ts";
import type { Connection, Database, StopListening, WireStatement } from "../postgres/database.ts";
import { type BindStatement, command, sendAll, statementBinder } from "../postgres/execute.ts";
import { tracedTransaction } from "../telemetry/calls.ts";
import type { TelemetryAttributes } from "../telemetry/span-parts.ts";
import { AbortableSession } from "./abortable-session.ts";
import { type CallLimits, checkSignal } from "./call-limits.ts";
import { Coalescer } from "./coalescer.ts";
import type { Events, StoreEventName, StoreEvents } from "./events.ts";
import type { HintListener, Hints } from "./hints.ts";
import { enterTransaction, isInside } from "./inside-transaction.ts";
import { LockWaits } from "./lock-waits.ts";
import { OpenCalls } from "./open-calls.ts";
import { planRunner, retriesDefault, retrying, type RunPlan, runWrite, withConnection } from "./run-plan.ts";
import { type OpenTransaction, type Session, writeAll } from "./session.ts";
import { settleCommit, ticketStatement } from "./settle-commit.ts";
import type { Counted, Tally } from "./tally.ts";
import { tracedPlan, tracedWrite } from "./traced.ts";
import {
  beginCommand,
  type BeginStatements,
  type Committed,
  LostCommitError,
  transact,
  type TransactionOptions,
} from "./transact.ts";
import { idleLimitStatement } from "./transaction-limits.ts";
import { TransactionSession } from "./transaction-session.ts";

export type { TransactionOptions } from "./transact.ts";

/** The parts of a store's session. */
export interface StoreSessionOptions {
  readonly database: Database;
  readonly schema: string;
  readonly codec: Codec;
  /** Whether single writes of concurrent callers travel together. */
  readonly coalesce: boolean;
  readonly hints: Pick<Hints, "announce" | "listen" | "send" | "statement" | "travel">;
  readonly events: Events;
  readonly tally: Tally;
  /** What spans and metrics say of the database. */
  readonly target?: TelemetryAttributes;
}

/** The session of a store: each plan is its own transaction, on any connection; single writes are coalesced. */
export class StoreSession implements Session {
  readonly codec: Codec;
  readonly isTransaction = false;
  readonly target: TelemetryAttributes;
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
    this.target = options.target ?? {};
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

  read<K, R>(read: SharedRead<K, R>, key: K): Promise<R | null> {
    return this.#read(read, key, undefined);
  }

  writeAll<I, O>(write: Write<I, O>, inputs: readonly I[]): Promise<readonly O[]> {
    return writeAll(this, write, inputs);
  }

  transaction<T>(work: (session: OpenTransaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return this.#transaction(work, options, undefined);
  }

  /** The same session with a limit on every call: a signal, or a time. */
  with(limits: CallLimits): AbortableSession {
    const calls = {
      run: <T>(plan: Plan<T>, signal: AbortSignal | undefined) => this.#run(plan, signal),
      write: <I, O>(write: Write<I, O>, input: I, signal: AbortSignal | undefined) => this.#write(write, input, signal),
      read: <K, R>(read: SharedRead<K, R>, key: K, signal: AbortSignal | undefined) => this.#read(read, key, signal),
      transaction: <T>(
        work: (session: OpenTransaction) => Promise<T>,
        options: TransactionOptions,
        signal: AbortSignal | undefined,
      ) => this.#transaction(work, options, signal),
    };
    // Each call under way listens for its end, and their number is unlimited.
    const signal = checkSignal(limits.signal);
    if (signal) setMaxListeners(0, signal);
    return new AbortableSession(this, calls, limits);
  }

  /**
   * A transaction session over a connection on which the caller has a transaction open. Nobody here sees its commit, so hints go
   * inside it, as statements, and its events and counts wait for `settle`.
   */
  join(connection: Connection): TransactionSession {
    const { target, codec } = this;
    const { events, tally, hints } = this.#options;
    const hintStatement = hints.travel && { hintStatement: (topic: string) => hints.statement(topic) };
    const after = { ...hintStatement, events, tally };
    return new TransactionSession({ connection, bind: this.#bind, codec, target, ...after });
  }

  /** Does what follows the commit of a joined transaction, which only its caller saw: each part once. */
  settle({ hints, emissions }: TransactionSession): void {
    for (const emit of emissions.splice(0)) emit();
    if (this.#options.hints.travel) return;
    // The transaction sent no notifications.
    for (const topic of hints) this.hint(topic);
    hints.clear();
  }

  /** Requests an answer, on any connection. */
  async ping(): Promise<void> {
    this.#refuseInside();
    const asked = [command("select 1")];
    await this.#calls.during(() => withConnection(this.#options.database, (connection) => sendAll(connection, asked)));
  }

  /** Inside a transaction of the store, closing would wait for that transaction, which may wait for the close. */
  refuseCloseInside(): void {
    if (!isInside(this)) return;
    throw new InvalidInputError(
      "The store was closed inside its own transaction, for whose end that would wait: close it after the transaction.",
      { facts: { field: "close" } },
    );
  }

  /** Refuses further calls, and waits for those under way. */
  close(): Promise<void> {
    return this.#calls.close();
  }

  hint(topic: string): void {
    this.#options.hints.send(topic);
  }

  count(name: Counted, amount: number): void {
    if (!this.#isUncommitted()) this.#options.tally.add(name, amount);
  }

  hasListeners(name: StoreEventName): boolean {
    return this.#options.events.hasListeners(name) && !this.#isUncommitted();
  }

  /** Whether the call that was just answered is a part of the caller's own transaction, which may yet roll back. */
  #isUncommitted(): boolean {
    return this.#options.database.isInCallersTransaction?.() === true;
  }

  emit<Name extends StoreEventName>(name: Name, event: StoreEvents[Name]): void {
    this.#options.events.emit(name, event);
  }

  async listen(listener: HintListener): Promise<StopListening> {
    return this.#calls.during(() => this.#options.hints.listen(listener));
  }

  async #run<T>(plan: Plan<T>, signal: AbortSignal | undefined): Promise<T> {
    this.#refuseInside();
    return this.#calls.during(() => tracedPlan(this.target, plan, () => this.#runAlone(plan, signal)));
  }

  #runAlone<T>(plan: Plan<T>, signal: AbortSignal | undefined): Promise<T> {
    return readsOnly(plan) ? this.#runPlan(plan, { signal }) : this.#lockWaits.runAlone(plan, signal);
  }

  async #write<I, O>(write: Write<I, O>, input: I, signal: AbortSignal | undefined): Promise<O> {
    this.#refuseInside();
    const send = (): Promise<O> => {
      const isAlone = !this.#options.coalesce || (write.isUrgent && !this.#coalescer.isAboutToSend);
      return isAlone ? this.#writeAlone(write, input, signal) : this.#coalescer.call(write, input, signal);
    };
    return this.#calls.during(() => tracedWrite(this.target, write.name, send));
  }

  async #read<K, R>(read: SharedRead<K, R>, key: K, signal: AbortSignal | undefined): Promise<R | null> {
    const found = await this.#write(read.together, key, signal);
    return found === undefined ? this.#run(read.one(key), signal) : found;
  }

  async #writeAlone<I, O>(write: Write<I, O>, input: I, signal: AbortSignal | undefined): Promise<O> {
    const [output] = await runWrite(write, [input], (plan) => this.#runAlone(plan, signal));
    return output as O;
  }

  async #transaction<T>(
    work: (session: OpenTransaction) => Promise<T>,
    options: TransactionOptions,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    this.#refuseInside();
    const retries = checkInteger(options.retries ?? retriesDefault, "retries", { min: 0, max: 1000 });
    const ticket = options.readOnly ? null : this.#ticket;
    const opening = { begin: beginCommand(options), ticket, idleLimit: this.#idleLimit };
    const run = (): Promise<Committed<T>> =>
      retrying(() => this.#transactOnce(opening, work, signal), { retries, signal });
    const { result, hints, emissions } = await this.#calls.during(() => tracedTransaction(this.target, run));
    for (const topic of hints) this.hint(topic);
    for (const emit of emissions) emit();
    return result;
  }

  async #transactOnce<T>(
    opening: BeginStatements,
    work: (session: OpenTransaction) => Promise<T>,
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
            target: this.target,
            events: this.#options.events,
            tally: this.#options.tally,
            isReadOnly,
            refuseAborted,
            onCommit: () => enter("committing"),
          };
          const inside = (session: TransactionSession): Promise<T> => enterTransaction(entered, () => work(session));
          if (!connection.inTransaction()) return transact(options, opening, inside);
          // The caller's own transaction on the caller's own client: this is a part of it, and the caller ends it.
          const session = new TransactionSession(options);
          return { result: await session.transaction(() => inside(session)), hints: session.hints, emissions: [] };
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

  /** On a single connection, a call inside the store's own transaction would deadlock with it. */
  #refuseInside(): void {
    if (this.#options.database.connectionsMax > 1 || !isInside(this)) return;
    throw new InvalidInputError(
      "The store was called inside its own transaction, on a database with a single connection, where that call would wait for " +
        "ever: make the call on the transaction's handle.",
      { facts: { field: "transaction" } },
    );
  }
}
