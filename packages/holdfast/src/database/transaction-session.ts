import { ConflictError } from "../errors.ts";
import type { Codec } from "./codec.ts";
import type { Connection, WireStatement } from "./database.ts";
import { command, sendAll, type BindStatement } from "./execute.ts";
import type { Plan } from "./plan.ts";
import type { Session, Write } from "./session.ts";

/** What a transaction's session is made of. */
export interface TransactionSessionOptions {
  readonly connection: Connection;
  readonly bind: BindStatement;
  readonly codec: Codec;
  /** Given where hints cannot be sent after the commit: they become statements of the transaction. */
  readonly hintStatement?: (topic: string) => WireStatement;
}

/**
 * The session of one open transaction: plans are sent on its connection as they come, and see each other's writes.
 *
 * A plan that the server refuses dooms the transaction, as in PostgreSQL, unless it ran in a nested one, which is a savepoint.
 */
export class TransactionSession implements Session {
  readonly codec: Codec;
  readonly hints: Set<string> = new Set();
  readonly #options: TransactionSessionOptions;
  readonly #pending = new Set<Promise<unknown>>();
  #nested: Promise<unknown> = Promise.resolve();
  #isFinished = false;

  constructor(options: TransactionSessionOptions) {
    this.codec = options.codec;
    this.#options = options;
  }

  async run<T>(plan: Plan<T>): Promise<T> {
    this.#refuseFinished();
    const { connection, bind } = this.#options;
    const results = await this.#track(sendAll(connection, plan.statements.map(bind)));
    return plan.read(results.map((result) => result.rows));
  }

  async write<I, O>(write: Write<I, O>, input: I): Promise<O> {
    const [output] = await this.run(write.plan([input]));
    return output as O;
  }

  async writeAll<I, O>(write: Write<I, O>, inputs: readonly I[]): Promise<readonly O[]> {
    return inputs.length === 0 ? [] : this.run(write.plan(inputs));
  }

  /** Nested transactions of one transaction follow each other, for their savepoints would interleave. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const next = this.#nested.then(() => this.#behindSavepoint(work));
    this.#nested = next.catch(() => undefined);
    return next;
  }

  hint(topic: string): void {
    if (this.hints.has(topic)) return;
    this.hints.add(topic);
    const { connection, hintStatement } = this.#options;
    // A hint that fails fails the transaction's next statement too, which reports it.
    if (hintStatement) this.#track(sendAll(connection, [hintStatement(topic)])).catch(() => undefined);
  }

  /** Waits for plans that the caller did not wait for, and refuses any that come later. */
  async finish(): Promise<void> {
    this.#isFinished = true;
    await Promise.all(this.#pending);
  }

  async #behindSavepoint<T>(work: (session: Session) => Promise<T>): Promise<T> {
    this.#refuseFinished();
    const { connection } = this.#options;
    // One name for all: PostgreSQL takes the innermost savepoint of a name.
    await this.#track(sendAll(connection, [command("savepoint holdfast")]));
    try {
      const result = await work(this);
      await this.#track(sendAll(connection, [command("release savepoint holdfast")]));
      return result;
    } catch (error) {
      await this.#track(sendAll(connection, [command("rollback to savepoint holdfast"), command("release savepoint holdfast")]));
      throw error;
    }
  }

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
