/**
 * The order in which every statement, plan and transition takes locks: see ARCHITECTURE.md. Most names are a noun, and stand for its
 * rows. `keys` are the advisory locks of executions, forks and correlations. `ancestors` are the tasks above those whose status changed.
 * `queues` are the rows that claims lock; claims skip all other rows that others hold.
 */
const lockOrder = [
  "keys",
  "definitions",
  "executions",
  "schedules",
  "jobs",
  "timers",
  "correlations",
  "tasks",
  "components",
  "history",
  "ancestors",
  "blobs",
  "snapshots",
  "checkpoints",
  "kv",
  "queues",
] as const;

/** What a call may lock. */
export type Locked = (typeof lockOrder)[number];

/** The locks of a call that ends an execution. All parts of the execution share the lock of its row. */
export const lockedByEnds: readonly Locked[] = ["executions", "ancestors"];

/** The first and the last lock of a call, as places in the lock order. */
export interface LockSpan {
  readonly first: number;
  readonly last: number;
}

/** A kind of calls. Its name begins with its noun; `locks` is given if it locks more than the rows of that noun. */
interface Lockers<I> {
  readonly name: string;
  readonly locks?: (input: I) => readonly Locked[];
}

const places: ReadonlyMap<string, number> = new Map(lockOrder.map((locked, place) => [locked, place]));
const ofNouns = new Map<string, LockSpan | null>();

/** Returns the span of the locks that a call may have to wait for; null if there are none. */
export function lockSpanOf<I>({ name, locks }: Lockers<I>, input: I): LockSpan | null {
  if (locks) return spanOf(locks(input));
  let span = ofNouns.get(name);
  if (span === undefined) ofNouns.set(name, (span = spanOf([name.slice(0, name.indexOf("."))])));
  return span;
}

function spanOf(locked: readonly string[]): LockSpan | null {
  const found = locked.flatMap((each) => places.get(each) ?? []);
  return found.length === 0 ? null : { first: Math.min(...found), last: Math.max(...found) };
}

/** Whether two spans have a place in common. */
export function overlaps(a: LockSpan, b: LockSpan): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Returns the smallest span that covers both. */
export function unionOf(a: LockSpan, b: LockSpan): LockSpan {
  return { first: Math.min(a.first, b.first), last: Math.max(a.last, b.last) };
}
