import type { Codec } from "../core/codec.ts";
import type { Plan } from "../core/plan.ts";
import type { SharedRead } from "../core/shared-read.ts";
import type { Write } from "../core/write.ts";
import type { StopListening } from "../postgres/database.ts";
import type { TelemetryAttributes } from "../telemetry/span-parts.ts";
import { type CallLimits, callWithin } from "./call-limits.ts";
import type { StoreEventName, StoreEvents } from "./events.ts";
import type { HintListener } from "./hints.ts";
import { type OpenTransaction, type Session, writeAll } from "./session.ts";
import type { Counted } from "./tally.ts";
import type { TransactionOptions } from "./transact.ts";

/** The calls of a store's session, each with a signal that ends it. */
export interface AbortableCalls {
  run<T>(plan: Plan<T>, signal: AbortSignal | undefined): Promise<T>;
  write<I, O>(write: Write<I, O>, input: I, signal: AbortSignal | undefined): Promise<O>;
  read<K, R>(read: SharedRead<K, R>, key: K, signal: AbortSignal | undefined): Promise<R | null>;
  transaction<T>(
    work: (session: OpenTransaction) => Promise<T>,
    options: TransactionOptions,
    signal: AbortSignal | undefined,
  ): Promise<T>;
}

/**
 * A store's session whose every call ends at a signal or after a time.
 *
 * The database ends a statement that had begun, and undoes it with its transaction. A write that travels with other callers' writes is
 * waited for briefly. If it is done, it counts; if nothing is heard, the error says that the outcome is unknown.
 */
export class AbortableSession implements Session {
  readonly codec: Codec;
  readonly isTransaction = false;
  readonly target: TelemetryAttributes;
  readonly #whole: Session;
  readonly #calls: AbortableCalls;
  readonly #limits: CallLimits;

  constructor(whole: Session, calls: AbortableCalls, limits: CallLimits) {
    this.codec = whole.codec;
    this.target = whole.target;
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

  read<K, R>(read: SharedRead<K, R>, key: K): Promise<R | null> {
    return callWithin(this.#limits, (signal) => this.#calls.read(read, key, signal));
  }

  writeAll<I, O>(write: Write<I, O>, inputs: readonly I[]): Promise<readonly O[]> {
    return writeAll(this, write, inputs);
  }

  transaction<T>(work: (session: OpenTransaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return callWithin(this.#limits, (signal) => this.#calls.transaction(work, options, signal));
  }

  hint(topic: string): void {
    this.#whole.hint(topic);
  }

  count(name: Counted, amount: number): void {
    this.#whole.count(name, amount);
  }

  hasListeners(name: StoreEventName): boolean {
    return this.#whole.hasListeners(name);
  }

  emit<Name extends StoreEventName>(name: Name, event: StoreEvents[Name]): void {
    this.#whole.emit(name, event);
  }

  listen(listener: HintListener): Promise<StopListening> {
    return this.#whole.listen(listener);
  }
}
