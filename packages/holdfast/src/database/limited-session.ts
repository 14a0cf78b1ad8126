import { type CallLimits, callWithin } from "./call-limits.ts";
import type { Codec } from "./codec.ts";
import type { StopListening } from "./database.ts";
import type { HintListener } from "./hints.ts";
import type { Plan } from "./plan.ts";
import type { Session, Write } from "./session.ts";
import type { TransactionOptions } from "./transact.ts";
import { writeAll } from "./write-all.ts";

/** The calls of a store's session, each with a signal that ends it. */
export interface AbortableCalls {
  run<T>(plan: Plan<T>, signal: AbortSignal | undefined): Promise<T>;
  write<I, O>(write: Write<I, O>, input: I, signal: AbortSignal | undefined): Promise<O>;
  transaction<T>(
    work: (session: Session) => Promise<T>,
    options: TransactionOptions,
    signal: AbortSignal | undefined,
  ): Promise<T>;
}

/**
 * A store's session whose every call ends at a signal or after a time.
 *
 * What had begun is ended by the database and undone with its transaction. A write that travels with those of other callers is waited
 * for a moment: what is done counts, and where nothing is heard the error says that the outcome is unknown.
 */
export class LimitedSession implements Session {
  readonly codec: Codec;
  readonly isTransaction = false;
  readonly #whole: Session;
  readonly #calls: AbortableCalls;
  readonly #limits: CallLimits;

  constructor(whole: Session, calls: AbortableCalls, limits: CallLimits) {
    this.codec = whole.codec;
    this.#whole = whole;
    this.#calls = calls;
    this.#limits = limits;
  }

  get limited(): { readonly limits: CallLimits; readonly whole: Session } {
    return { limits: this.#limits, whole: this.#whole };
  }

  run<T>(plan: Plan<T>): Promise<T> {
    return callWithin(this.#limits, (signal) => this.#calls.run(plan, signal));
  }

  write<I, O>(write: Write<I, O>, input: I): Promise<O> {
    return callWithin(this.#limits, (signal) => this.#calls.write(write, input, signal));
  }

  writeAll<I, O>(write: Write<I, O>, inputs: readonly I[]): Promise<readonly O[]> {
    return writeAll(this, write, inputs);
  }

  transaction<T>(work: (session: Session) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return callWithin(this.#limits, (signal) => this.#calls.transaction(work, options, signal));
  }

  hint(topic: string): void {
    this.#whole.hint(topic);
  }

  listen(listener: HintListener): Promise<StopListening> {
    return this.#whole.listen(listener);
  }
}
