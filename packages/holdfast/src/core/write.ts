import type { Locked } from "./lock-order.ts";
import { mapPlan, type Plan } from "./plan.ts";

/** A write that many callers make at once. It knows which calls can share a statement, and the plan for a set of them. */
export interface Write<I, O> {
  /** The noun, a point and the method. Calls of one name become one statement. */
  readonly name: string;
  /** The targets of the input. Calls that share a key never travel together, whatever their kinds. */
  readonly keys: (input: I) => readonly string[];
  /**
   * Keeps calls of one kind in order though they may travel together: one that waits for a held row is not overtaken by the next. For
   * calls of other kinds it is a key.
   */
  readonly order?: (input: I) => string;
  /** The locks that it may have to wait for, at least the first and the last; the rows of its noun if left out. */
  readonly locks?: (input: I) => readonly Locked[];
  /**
   * The topic of the work that it creates, if any. It is announced in this process before it is sent, so that the claim of an idle worker
   * travels with it.
   */
  readonly announces?: (input: I) => string | null;
  /** Whether it goes at once: with a flight that is about to leave, or else by itself. */
  readonly isUrgent?: true;
  /** Whether it travels with its own kind alone: a read, which no commit should delay, or a write that may need a second plan. */
  readonly isApart?: true;
  /** The plan for a set of inputs, sorted by their first key; its result has one outcome an input, in input order. */
  readonly plan: (inputs: readonly I[]) => Plan<readonly O[]>;
  /**
   * A faster plan for the common case: one input, alone of its kind in its flight. In any other case it changes and returns nothing, and
   * `plan` follows in a flight of its own. A call that shares no key may come between the two, so a write that keeps order without keys
   * has no fast path. Undefined if the input already shows that the case is another.
   */
  readonly fastPath?: (input: I) => Plan<readonly O[]> | undefined;
  /**
   * Locks the rows of all inputs, in the order in which `plan` locks. Runs first if a set is split into several plans, so that two such
   * sets cannot deadlock.
   */
  readonly lock?: (inputs: readonly I[]) => Plan<unknown>;
}

/** Gathers one kind of part from all wholes, such as transitions, into one statement. Its outcomes return to their wholes. */
export function gather<W, I, O>(
  wholes: readonly W[],
  partOf: (whole: W) => readonly I[],
  write: Pick<Write<I, O>, "plan">,
): Plan<readonly (readonly O[])[]> {
  const parts = wholes.map(partOf);
  const inputs = parts.flat();
  if (inputs.length === 0) return { statements: [], read: () => parts.map(() => []) };
  return mapPlan(write.plan(inputs), (outcomes) => {
    let start = 0;
    return parts.map((part) => outcomes.slice(start, (start += part.length)));
  });
}
