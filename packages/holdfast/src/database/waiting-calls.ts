import type { Call } from "./flight.ts";
import { type LockSpan, overlaps, unionOf } from "./lock-order.ts";
import type { Route } from "./route.ts";

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
 * else flights of two stores could wait for each other in a circle.
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
