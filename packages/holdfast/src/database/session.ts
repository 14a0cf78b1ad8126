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
  /** The noun, a point and the method. Calls of one name become one statement. */
  readonly name: string;
  /** What the input writes to. Calls that share a key never travel together, whatever their kinds. */
  readonly keys: (input: I) => readonly string[];
  /**
   * Keeps calls of one kind in order though they may travel together: one that waits for a held row is not overtaken by the next. For
   * calls of other kinds it is a key.
   */
  readonly order?: (input: I) => string;
  /** The locks that it may have to wait for, at least the first and the last; the rows of its noun if left out. */
  readonly locks?: (input: I) => readonly Locked[];
  /**
   * The topic of the work that it makes, if any. It is announced in this process before it is sent, so that the claim of an idle worker
   * travels with it.
   */
  readonly brings?: (input: I) => string | null;
  /** Whether it goes at once: with a flight that is about to leave, or else by itself. */
  readonly isUrgent?: true;
  /** Whether it travels with its own kind alone: a read, which no commit should delay, or a write that may need a second plan. */
  readonly isApart?: true;
  /** The plan for a set of inputs, sorted by their first key; its result has one outcome an input, in input order. */
  readonly plan: (inputs: readonly I[]) => Plan<readonly O[]>;
  /**
   * A quicker plan for the usual case: one input, the only one of its kind in its flight. In any other case it changes and returns nothing,
   * and `plan` follows in a flight of its own. A call that shares no key may come between the two, so a write that keeps order without
   * keys has no such plan.
   * Undefined if the input already tells that the case is not the usual one.
   */
  readonly usual?: (input: I) => Plan<readonly O[]> | undefined;
  /**
   * Locks the rows of all inputs, in the order in which `plan` locks. Runs first if a set is cut into several plans, so that two such
   * sets never wait for each other.
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
  /** Whether the caller commits what is written. */
  readonly isTransaction: boolean;
  /** The time limits of calls, if any, and the session without them: for compound calls, and for work that must outlast a limit. */
  readonly limited?: { readonly limits: CallLimits; readonly whole: Session };
  /** Executes a plan in one round trip. */
  run<T>(plan: Plan<T>): Promise<T>;
  /** Executes a write of one input. Outside a transaction it travels with the calls of concurrent callers. */
  write<I, O>(write: Write<I, O>, input: I): Promise<O>;
  /**
   * Executes a write of any number of inputs, atomically. Each 10,000 inputs are one plan; all plans run in one transaction. An input
   * refers only to inputs of its own plan or of those before. An empty list sends nothing.
   */
  writeAll<I, O>(write: Write<I, O>, inputs: readonly I[]): Promise<readonly O[]>;
  /** Runs `work` atomically: in a transaction of its own, or, within one, behind a savepoint. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Notifies listeners once the writes are committed. Notifications are merged, and correctness never depends on one. */
  hint(topic: string): void;
  /** Calls `listener` for each hint from now on. @throws InvalidInputError in a transaction, which may see nothing new. */
  listen(listener: HintListener): Promise<StopListening>;
}
