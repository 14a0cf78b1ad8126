import type { Codec } from "../core/codec.ts";
import { UnavailableError } from "../core/errors.ts";
import { batchItemsMax } from "../core/input.ts";
import type { Plan } from "../core/plan.ts";
import type { SharedRead } from "../core/shared-read.ts";
import type { Write } from "../core/write.ts";
import type { QueryResult, StopListening } from "../postgres/database.ts";
import type { TelemetryAttributes } from "../telemetry/span-parts.ts";
import type { CallLimits } from "./call-limits.ts";
import type { StoreEventName, StoreEvents } from "./events.ts";
import type { HintListener } from "./hints.ts";
import type { Counted } from "./tally.ts";

/**
 * Executes the plans of nouns: the store itself, or one transaction.
 *
 * A plan of several statements is atomic in both. Errors are HoldfastErrors in both.
 */
export interface Session {
  readonly codec: Codec;
  /** Whether the caller commits the writes. */
  readonly isTransaction: boolean;
  /** What spans and metrics say of the database. */
  readonly target: TelemetryAttributes;
  /** The time limits of calls, if any, and the session without them: for compound calls, and for work that must outlast a limit. */
  readonly limited?: { readonly limits: CallLimits; readonly whole: Session };
  /** Executes a plan in one round trip. */
  run<T>(plan: Plan<T>): Promise<T>;
  /** Executes a write of one input. Outside a transaction it travels with the calls of concurrent callers. */
  write<I, O>(write: Write<I, O>, input: I): Promise<O>;
  /** Reads one thing; null where there is none. Outside a transaction it travels with the same reads of concurrent callers. */
  read<K, R>(read: SharedRead<K, R>, key: K): Promise<R | null>;
  /**
   * Executes a write of any number of inputs, atomically. Each 10,000 inputs are one plan; all plans run in one transaction. An input
   * refers only to inputs of its own plan or of earlier ones. An empty list sends nothing.
   */
  writeAll<I, O>(write: Write<I, O>, inputs: readonly I[]): Promise<readonly O[]>;
  /** Runs `work` atomically: in its own transaction or, within one, behind a savepoint. */
  transaction<T>(work: (session: OpenTransaction) => Promise<T>): Promise<T>;
  /** Notifies listeners once the writes are committed. Notifications are merged, and correctness never depends on one. */
  hint(topic: string): void;
  /** Counts what a call did, once the writes are committed. */
  count(name: Counted, amount: number): void;
  /** Whether anybody in this process listens for such an event. */
  hasListeners(name: StoreEventName): boolean;
  /** Emits an event to listeners of this process once the writes are committed. Check `hasListeners` before creating an event. */
  emit<Name extends StoreEventName>(name: Name, event: StoreEvents[Name]): void;
  /**
   * Calls `listener` for each hint from now on.
   *
   * @throws InvalidInputError in a transaction, which may see nothing new.
   */
  listen(listener: HintListener): Promise<StopListening>;
}

/** The session of a transaction, in which the application's own SQL runs too. */
export interface OpenTransaction extends Session {
  /** Executes one statement of the application, in order with the plans of nouns. */
  query<R extends object>(text: string, values?: readonly unknown[]): Promise<QueryResult<R>>;
}

/** `writeAll` of every session: splits inputs that exceed one statement. */
export async function writeAll<I, O>(
  session: Pick<Session, "run" | "transaction">,
  write: Write<I, O>,
  inputs: readonly I[],
): Promise<readonly O[]> {
  if (inputs.length === 0) return [];
  if (inputs.length <= batchItemsMax) return session.run(write.plan(inputs));
  return session.transaction(async (inner) => {
    if (write.lock) await inner.run(write.lock(inputs));
    const outputs: O[] = [];
    // One after another, so that only one plan's parameters are in memory beside the inputs.
    for (let from = 0; from < inputs.length; from += batchItemsMax) {
      outputs.push(...(await inner.run(write.plan(inputs.slice(from, from + batchItemsMax)))));
    }
    return outputs;
  });
}

/** Whether a call failed because the store was closed before it, which no further call will ever change. */
export function isClosedStore(error: unknown): boolean {
  return error instanceof UnavailableError && error.facts["closed"] === true;
}
