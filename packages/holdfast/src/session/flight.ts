import { type LockSpan, lockSpanOf, overlaps, unionOf } from "../core/lock-order.ts";
import type { Write } from "../core/write.ts";
import { failureAfter, graceMs, unknownAfter } from "./call-limits.ts";
import type { Route } from "./route.ts";

/** A write of any input and output: the coalescer never reads either. */
export type Kind = Write<unknown, unknown>;

/** What a call writes, and the route that it takes. */
export interface Ticket {
  readonly kind: Kind;
  readonly input: unknown;
  readonly route: Route;
}

/** Receives the end of a call. */
interface Settle {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly abort: (call: Call) => void;
}

/** One call of a write, until its promise is settled. */
export class Call {
  readonly kind: Kind;
  readonly input: unknown;
  readonly route: Route;
  /** Two calls that share a key are never under way at once. */
  readonly keys: readonly string[];
  /** Calls of one kind that share an order may travel together, but never overtake each other. */
  readonly order: string | undefined;
  readonly locks: LockSpan | null;
  readonly signal: AbortSignal | undefined;
  /** The flight that it travels with, if any. */
  flight: Flight | undefined;
  readonly #settle: Settle;
  readonly #onAbort: () => void;
  #grace: NodeJS.Timeout | undefined;

  constructor({ kind, input, route }: Ticket, signal: AbortSignal | undefined, settle: Settle) {
    this.kind = kind;
    this.input = input;
    this.route = route;
    this.keys = kind.keys(input);
    this.order = kind.order?.(input);
    this.locks = lockSpanOf(kind, input);
    this.signal = signal;
    this.#settle = settle;
    this.#onAbort = () => settle.abort(this);
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  resolve(output: unknown): void {
    this.#end();
    this.#settle.resolve(output);
  }

  /** Rejects the call. If its caller had given up, the error says so, unless the outcome is unknown. */
  reject(error: unknown): void {
    this.#end();
    const { signal } = this;
    this.#settle.reject((signal?.aborted ? failureAfter(signal.reason, error) : error) as Error);
  }

  /** Notes that the caller gives up while the flight is under way. The call waits a moment for the flight's outcome. */
  giveUp(): void {
    this.#grace = setTimeout(() => this.#settle.reject(unknownAfter(this.signal?.reason)), graceMs);
  }

  #end(): void {
    clearTimeout(this.#grace);
    this.signal?.removeEventListener("abort", this.#onAbort);
  }
}

/** Calls that travel together, sorted by kind. */
export class Flight {
  calls: readonly Call[];
  readonly sentAt: number;
  /** `resting` between tries, `leaving` until it has a connection, and then `sent`. */
  state: "resting" | "leaving" | "sent" = "leaving";

  /** Whether the fast path may be taken. It is not tried again once it has done nothing. */
  mayTakeFastPath = true;

  constructor(calls: readonly Call[], sentAt: number = performance.now()) {
    this.calls = calls;
    this.sentAt = sentAt;
    for (const call of calls) call.flight = this;
  }

  without(call: Call): void {
    this.calls = this.calls.filter((other) => other !== call);
  }
}

/** Groups sorted calls by kind. */
export function byKind(calls: readonly Call[]): readonly (readonly Call[])[] {
  const kinds: Call[][] = [];
  for (const call of calls) {
    const last = kinds.at(-1);
    if (last?.[0]?.kind.name === call.kind.name) last.push(call);
    else kinds.push([call]);
  }
  return kinds;
}

/** The kind of calls that are of one. */
export function kindOf([first]: readonly Call[]): Kind {
  if (!first) throw new TypeError("A flight without calls has no kind.");
  return first.kind;
}

/** Returns the outputs, after checking that there is one for each call. */
export function outputsOf(kind: Kind, calls: readonly Call[], outputs: readonly unknown[]): readonly unknown[] {
  if (outputs.length === calls.length) return outputs;
  throw new TypeError(`Write ${kind.name} gave ${outputs.length} results for ${calls.length} inputs.`);
}

/** The calls that wait for a flight, and the keys of those under way. */
export class WaitingCalls {
  #calls: readonly Call[] = [];
  #added: Call[] = [];
  /** The keys and the orders of the calls under way. */
  readonly #taken = new Set<string>();

  get isEmpty(): boolean {
    return this.#calls.length === 0 && this.#added.length === 0;
  }

  add(call: Call): void {
    this.#added.push(call);
    call.route.join(call.kind.name);
  }

  /** Puts calls back, before all others. Their keys must be free. */
  putBack(calls: readonly Call[]): void {
    this.#calls = [...calls, ...this.#calls];
    for (const call of calls) call.route.join(call.kind.name);
  }

  remove(call: Call): void {
    this.#calls = [...this.#calls, ...this.#added].filter((other) => other !== call);
    this.#added = [];
    call.route.leave(call.kind.name);
  }

  /**
   * Takes at most `max` calls of a route that may travel together, and holds their keys. A call that waits is never overtaken by one that
   * shares a key with it.
   */
  take(route: Route, max: number): readonly Call[] {
    const calls = this.#calls.length === 0 ? this.#added : [...this.#calls, ...this.#added];
    this.#added = [];
    const chosen = new Chosen();
    const passed = new Set<string>();
    const taken: Call[] = [];
    const later: Call[] = [];
    let looked = 0;
    for (const call of calls) {
      if (taken.length >= max) break;
      looked++;
      const names = call.order === undefined ? call.keys : [...call.keys, call.order];
      const isFree = names.every((name) => !passed.has(name) && !this.#taken.has(name));
      if (call.route === route && route.mayTravel(call.kind.name) && isFree && chosen.mayJoin(call)) {
        taken.push(call);
        chosen.add(call);
      } else {
        later.push(call);
        for (const name of names) passed.add(name);
      }
    }
    this.#calls = later.concat(calls.slice(looked));
    for (const { keys, order } of taken) {
      for (const key of keys) this.#taken.add(key);
      if (order !== undefined) this.#taken.add(order);
    }
    for (const call of taken) route.leave(call.kind.name);
    return chosen.inOrderOfLocks(taken);
  }

  /** Frees the keys of a call that has left its flight. Frees its order too, unless another call of the flight shares it. */
  free({ keys, order, flight }: Call): void {
    for (const key of keys) if (key !== order) this.#taken.delete(key);
    if (order === undefined || flight?.calls.some((other) => other.order === order)) return;
    this.#taken.delete(order);
  }
}

/**
 * The calls chosen for a flight, as the keys and orders that they hold and the locks of each kind. The locks of two kinds never overlap:
 * otherwise flights of two stores could deadlock.
 */
class Chosen {
  readonly #locks = new Map<string, LockSpan | null>();
  readonly #keys = new Map<string, string>();
  readonly #orders = new Map<string, string>();

  /** Whether a call may join. Calls of one kind may share an order, which one of them may have as a key. */
  mayJoin({ keys, order, locks, kind: { name } }: Call): boolean {
    if (locks && this.#isLockedByOthers(name, locks)) return false;
    if (keys.some((key) => this.#keys.has(key) || (this.#orders.get(key) ?? name) !== name)) return false;
    if (order === undefined) return true;
    return (this.#orders.get(order) ?? name) === name && (this.#keys.get(order) ?? name) === name;
  }

  #isLockedByOthers(name: string, locks: LockSpan): boolean {
    const own = this.#locks.get(name);
    const wanted = own ? unionOf(own, locks) : locks;
    for (const [other, theirs] of this.#locks) if (other !== name && theirs && overlaps(wanted, theirs)) return true;
    return false;
  }

  add({ keys, order, locks, kind: { name } }: Call): void {
    const own = this.#locks.get(name);
    this.#locks.set(name, own && locks ? unionOf(own, locks) : (own ?? locks));
    for (const key of keys) this.#keys.set(key, name);
    if (order !== undefined) this.#orders.set(order, name);
  }

  /** Sorts calls by kind in the order of locks, then by their first key. */
  inOrderOfLocks(calls: Call[]): readonly Call[] {
    const first = (name: string): number => this.#locks.get(name)?.first ?? -1;
    return calls.sort(({ kind: { name: a }, keys: [keyOfA] }, { kind: { name: b }, keys: [keyOfB] }) =>
      a === b ? compare(keyOfA, keyOfB) : first(a) - first(b) || compare(a, b),
    );
  }
}

function compare(a = "", b = ""): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
