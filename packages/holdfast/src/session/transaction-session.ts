import { AsyncLocalStorage } from "node:async_hooks";
import type { Codec } from "../core/codec.ts";
import { ConflictError, InvalidInputError } from "../core/errors.ts";
import type { Plan } from "../core/plan.ts";
import type { SharedRead } from "../core/shared-read.ts";
import type { Write } from "../core/write.ts";
import type { ApplicationStatement, Connection, QueryResult, WireStatement } from "../postgres/database.ts";
import { type BindStatement, command, executeOwn, runInside, sendAll } from "../postgres/execute.ts";
import { callAfterFailure, isAbortedTransaction, isReadOnlyServer, isStatementFailure } from "../postgres/failures.ts";
import type { TelemetryAttributes } from "../telemetry/span-parts.ts";
import { applicationStatement } from "./application-sql.ts";
import type { Emission, Events, StoreEventName, StoreEvents } from "./events.ts";
import { type OpenTransaction, writeAll } from "./session.ts";
import type { Counted, Tally } from "./tally.ts";
import { tracedPlan, tracedWrite } from "./traced.ts";

/** The parts of a transaction's session. */
export interface TransactionSessionOptions {
  readonly connection: Connection;
  readonly bind: BindStatement;
  readonly codec: Codec;
  readonly target: TelemetryAttributes;
  /** Given if hints cannot be sent after the commit: they become statements of the transaction. */
  readonly hintStatement?: (topic: string) => WireStatement;
  /** The listeners of events after the commit; omitted if nobody here learns of it. */
  readonly events?: Events;
  /** What counts after the commit; omitted like the listeners. */
  readonly tally?: Tally;
  /** Whether the caller requested a read-only transaction. */
  readonly isReadOnly?: boolean;
  /** Throws if the transaction's caller has given up, so that no further plan is sent. */
  readonly refuseAborted?: () => void;
  /** Called before the COMMIT is sent. Nothing may be aborted after it. */
  readonly onCommit?: () => void;
}

/** The nested transaction whose function is running. */
const running = new AsyncLocalStorage<TransactionSession>();

/**
 * The session of one open transaction: plans are sent on its connection as they come, and see each other's writes.
 *
 * A plan that the server refuses dooms the transaction, as in PostgreSQL, unless it ran in a nested one, which is a savepoint. While a
 * nested one is open, plans of the outer one wait for its end, so that they are not undone with it. Plans that the nested function itself
 * makes on the outer handle belong to the nested one.
 */
export class TransactionSession implements OpenTransaction {
  readonly codec: Codec;
  readonly isTransaction = true;
  readonly target: TelemetryAttributes;
  readonly hints: Set<string> = new Set();
  /** The events to emit after the commit. */
  readonly emissions: Emission[] = [];
  readonly #options: TransactionSessionOptions;
  readonly #parent: TransactionSession | null;
  readonly #pending = new Set<Promise<unknown>>();
  /** Nested transactions of one transaction are serialized, because their savepoints would interleave. */
  #nested: Promise<unknown> = Promise.resolve();
  #nestedOpen = 0;
  #isFinished = false;
  #failure: unknown;

  constructor(options: TransactionSessionOptions, parent: TransactionSession | null = null) {
    this.codec = options.codec;
    this.target = options.target;
    this.#options = options;
    this.#parent = parent;
  }

  /** The server's first refusal, after which it accepts nothing more in this transaction; undefined if there is none. */
  get failure(): unknown {
    return this.#failure ?? this.#parent?.failure;
  }

  run<T>(plan: Plan<T>): Promise<T> {
    const session = this.#innermost();
    return session.#track(tracedPlan(this.target, plan, () => session.#send(plan)));
  }

  async write<I, O>(write: Write<I, O>, input: I): Promise<O> {
    const session = this.#innermost();
    const send = (): Promise<readonly O[]> => session.#send(write.plan([input]));
    const [output] = await session.#track(tracedWrite(this.target, write.name, send));
    return output as O;
  }

  read<K, R>(read: SharedRead<K, R>, key: K): Promise<R | null> {
    return this.run(read.one(key));
  }

  writeAll<I, O>(write: Write<I, O>, inputs: readonly I[]): Promise<readonly O[]> {
    return writeAll(this, write, inputs);
  }

  async query<R extends object>(text: string, values?: readonly unknown[]): Promise<QueryResult<R>> {
    const statement = applicationStatement(text, values);
    const session = this.#innermost();
    const { rows, rowCount } = await session.#track(
      tracedWrite(this.target, "query", () => session.#execute(statement)),
    );
    // The caller names the type of the rows, as with the driver.
    return { rows: rows as unknown as readonly R[], rowCount };
  }

  transaction<T>(work: (session: OpenTransaction) => Promise<T>): Promise<T> {
    const session = this.#innermost();
    session.#nestedOpen++;
    const next = session.#nested.then(() => session.#behindSavepoint(work)).finally(() => session.#nestedOpen--);
    session.#nested = next.catch(() => undefined);
    return session.#track(next);
  }

  hint(topic: string): void {
    const session = this.#innermost();
    if (session.hints.has(topic)) return;
    session.hints.add(topic);
    const { connection, hintStatement } = session.#options;
    // A hint that fails also fails the transaction's next statement, which reports it.
    if (hintStatement) session.#track(sendAll(connection, [hintStatement(topic)])).catch(() => undefined);
  }

  count(name: Counted, amount: number): void {
    const { tally } = this.#options;
    if (tally) this.#innermost().emissions.push(() => tally.add(name, amount));
  }

  hasListeners(name: StoreEventName): boolean {
    return this.#options.events?.hasListeners(name) ?? false;
  }

  emit<Name extends StoreEventName>(name: Name, event: StoreEvents[Name]): void {
    this.#innermost().emissions.push(() => this.#options.events?.emit(name, event));
  }

  async listen(): Promise<never> {
    throw new InvalidInputError(
      "A subscription was made on a transaction, which would hold its connection for as long: make it on the store.",
      { facts: { field: "subscribe" } },
    );
  }

  /** Waits for calls that the caller did not await, refuses later ones, and throws if any of them failed. */
  async finish(): Promise<void> {
    const failures: unknown[] = [];
    while (this.#pending.size > 0) {
      for (const outcome of await Promise.allSettled(this.#pending)) {
        if (outcome.status === "rejected") failures.push(outcome.reason);
      }
    }
    this.#isFinished = true;
    if (failures.length > 0) throw failures[0];
  }

  /** The open nested transaction whose function calls, if it belongs to this one; otherwise this one. */
  #innermost(): TransactionSession {
    let innermost = running.getStore() ?? null;
    while (innermost !== null && innermost.#isFinished) innermost = innermost.#parent;
    for (let session = innermost; session !== null; session = session.#parent) {
      if (session === this && innermost !== null) return innermost;
    }
    return this;
  }

  async #send<T>(plan: Plan<T>): Promise<T> {
    this.#refuseFinished();
    while (this.#nestedOpen > 0) await this.#nested;
    const { connection, bind, refuseAborted } = this.#options;
    refuseAborted?.();
    const sent = runInside(connection, plan, bind);
    // A savepoint between a plan and its follow-up could undo the one without the other.
    if (plan.next !== undefined) this.#nested = Promise.allSettled([this.#nested, sent]);
    return sent.catch((error: unknown) => {
      throw this.#firstFailure(error);
    });
  }

  async #execute(statement: ApplicationStatement): Promise<QueryResult> {
    this.#refuseFinished();
    while (this.#nestedOpen > 0) await this.#nested;
    const { connection, refuseAborted } = this.#options;
    refuseAborted?.();
    return executeOwn(connection, statement).catch((error: unknown) => {
      throw this.#firstFailure(error);
    });
  }

  /** Remembers the first refusal, and reports it instead of its consequences. */
  #firstFailure(given: unknown): unknown {
    if (isAbortedTransaction(given)) return callAfterFailure(this.failure);
    const error = this.#options.isReadOnly === true && isReadOnlyServer(given) ? writeRefused(given) : given;
    if (isStatementFailure(error)) this.#failure ??= error;
    return error;
  }

  async #behindSavepoint<T>(work: (session: OpenTransaction) => Promise<T>): Promise<T> {
    this.#refuseFinished();
    const { connection } = this.#options;
    const nested = new TransactionSession(this.#options, this);
    // One name for all: PostgreSQL takes the innermost savepoint of a name.
    await sendAll(connection, [command("savepoint holdfast")]).catch((error: unknown) => {
      throw this.#firstFailure(error);
    });
    try {
      const result = await running.run(nested, () => work(nested));
      await nested.finish();
      await sendAll(connection, [command("release savepoint holdfast")]);
      for (const topic of nested.hints) this.hints.add(topic);
      this.emissions.push(...nested.emissions);
      return result;
    } catch (error) {
      await nested.finish().catch(() => undefined);
      // If this fails, the connection is lost and the transaction with it, which its next statement reports.
      const undo = [command("rollback to savepoint holdfast"), command("release savepoint holdfast")];
      await sendAll(connection, undo).catch(() => undefined);
      throw error;
    }
  }

  /** Remembers calls under way. If the caller does not await one, its failure fails the transaction. */
  #track<T>(sent: Promise<T>): Promise<T> {
    this.#pending.add(sent);
    const forget = (): void => void this.#pending.delete(sent);
    sent.then(forget, forget);
    return sent;
  }

  #refuseFinished(): void {
    if (!this.#isFinished) return;
    throw new ConflictError("The transaction has ended: make the call before its function returns, and wait for it.");
  }
}

/** The server would say the same on a standby, but here it only does what it was asked to. */
function writeRefused(cause: unknown): InvalidInputError {
  return new InvalidInputError(
    "The transaction was opened with readOnly, and a call in it writes: open it without, or only read in it.",
    { cause, facts: { field: "readOnly" } },
  );
}
