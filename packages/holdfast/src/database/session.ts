import type { CallLimits } from "./call-limits.ts";
import type { Codec } from "./codec.ts";
import type { StopListening } from "./database.ts";
import type { HintListener } from "./hints.ts";
import type { Locked } from "./lock-order.ts";
import type { Plan } from "./plan.ts";

/**
 * A write that many callers make at once: how to tell whether two of them can travel in one statement, and the plan for a
 * set of them.
 */
export interface Write<I, O> {
  /** The noun, a point, and the method: calls of one name become one statement. */
  readonly name: string;
  /** What the input writes to: two calls that share a key, of whatever kind, never travel together. */
  readonly keys: (input: I) => readonly string[];
  /**
   * What calls of one kind keep their order on that may travel together: one that waits for a row that others hold is not passed by the
   * next. To calls of other kinds it is a key.
   */
  readonly order?: (input: I) => string;
  /** What it locks that others lock too, the first and the last at least, where that is not the rows of its own noun alone. */
  readonly locks?: (input: I) => readonly Locked[];
  /** Travels with its own kind alone: a read, which no commit should delay, or one whose plan another may follow. */
  readonly isApart?: true;
  /** The plan for a set of inputs, sorted by their first key; its result has one outcome an input, in input order. */
  readonly plan: (inputs: readonly I[]) => Plan<readonly O[]>;
  /**
   * A quicker plan for one input that is alone, outside a transaction, in the usual case. In any other it changes nothing and gives
   * nothing, and `plan` follows; a later call that shares no key may come between the two, so a write whose calls keep their order
   * without keys has none. Undefined where the input tells that the case is another.
   */
  readonly usual?: (input: I) => Plan<readonly O[]> | undefined;
  /**
   * Locks what inputs write to, however many they are and in the order in which `plan` locks: where a set is cut into several
   * plans, this comes first, so that two such sets never wait for each other.
   */
  readonly lock?: (inputs: readonly I[]) => Plan<unknown>;
}

/**
 * Where nouns send their plans: the store itself, or one transaction.
 *
 * A plan of several statements is atomic in both. Errors are HoldfastErrors in both.
 */
export interface Session {
  readonly codec: Codec;
  /** Whether what is written is committed by somebody else, later, if at all. */
  readonly isTransaction: boolean;
  /** Where calls have an end: for calls that are made of several, and for what must be done after that end. */
  readonly limited?: { readonly limits: CallLimits; readonly whole: Session };
  /** Executes a plan in one round trip. */
  run<T>(plan: Plan<T>): Promise<T>;
  /** Executes a write of one input; outside a transaction, together with those of other callers that wait at the same time. */
  write<I, O>(write: Write<I, O>, input: I): Promise<O>;
  /**
   * Executes a write of any number of inputs, atomically: in one plan, or above 10,000 inputs in one plan for each 10,000, one after
   * the other in one transaction; in none for an empty list. What a plan refers to is in its own inputs or in those before.
   */
  writeAll<I, O>(write: Write<I, O>, inputs: readonly I[]): Promise<readonly O[]>;
  /** Runs `work` atomically: in a transaction of its own, or, within one, behind a savepoint. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Tells listeners that something is to be had, once what was written is committed; merged, and only ever a hint. */
  hint(topic: string): void;
  /** Calls `listener` for each hint from now on. @throws InvalidInputError in a transaction, which may see nothing new. */
  listen(listener: HintListener): Promise<StopListening>;
}
