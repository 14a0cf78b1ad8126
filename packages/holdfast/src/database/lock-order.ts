/**
 * What is locked, in the order in which every statement, plan and transition locks it: see ARCHITECTURE.md. Most are the rows of a noun;
 * `keys` are those of executions, forks and correlations, `ancestors` the tasks above those whose status changed, and `queues` what
 * claims lock, which pass by all other rows that others hold.
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
  "kv",
  "queues",
] as const;

/** What a call may lock. */
export type Locked = (typeof lockOrder)[number];

/** What a call locks that ends an execution: its row, which all that belongs to it shares. */
export const lockedByEnds: readonly Locked[] = ["executions", "ancestors"];

/** The first and the last that is locked, as places in the order of locks. */
export interface LockSpan {
  readonly first: number;
  readonly last: number;
}

/** A kind of calls, whose name begins with its noun, and what those lock where that is not the rows of the noun alone. */
interface Lockers<I> {
  readonly name: string;
  readonly locks?: (input: I) => readonly Locked[];
}

const places: ReadonlyMap<string, number> = new Map(lockOrder.map((locked, place) => [locked, place]));
const ofNouns = new Map<string, LockSpan | null>();

/** What a call locks that others lock too; null where that is nothing. */
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

/** The span that reaches from the first of either to the last of either. */
export function unionOf(a: LockSpan, b: LockSpan): LockSpan {
  return { first: Math.min(a.first, b.first), last: Math.max(a.last, b.last) };
}
