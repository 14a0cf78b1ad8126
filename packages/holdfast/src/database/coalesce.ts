import { loneOf } from "./batches.ts";
import { isInputFailure, isLockTimeout, isStatementTimeout } from "./failures.ts";
import { Call, Flight } from "./flight.ts";
import type { Guard } from "./lock-guard.ts";
import type { LockWaits } from "./lock-waits.ts";
import type { RunPlan } from "./run-plan.ts";
import { runWrite } from "./run-write.ts";
import type { Write } from "./session.ts";

/** The most inputs that travel in one flight: enough to spread the cost of a commit, few enough to stay quick. */
const inputsMax = 500;

/** A flight that takes longer than this does not hold up the next. Each takes a connection, so there are few. */
const slow = { afterMs: 50, flightsMax: 4 };

/**
 * How long a flight waits for a lock. Flights of several processes that often wait for each other would only do everything twice
 * by giving up, so each time that one does, the next wait for longer, and then a little less with each that comes through.
 */
const lockWait = { leastMs: 25, mostMs: 200, growth: 2, decay: 0.98 };

/** What a coalescer needs of its session. */
export interface CoalescerParts {
  readonly run: RunPlan;
  readonly lockWaits: Pick<LockWaits, "isGuarding" | "lane" | "takeUnguarded" | "giveUnguarded">;
  readonly connectionsMax: number;
}

/** A caller left a flight before it was sent, which goes without that call. */
class Changed extends Error {}

/**
 * Group commit in the client, for one write: the first call goes at once, and those that come while it is under way travel
 * together in the next plan. There is no timer, so a lone caller waits for nothing.
 *
 * Within a flight no two inputs share a key, and inputs are sorted by key, so that flights of several processes lock rows in one
 * order. Calls on the same key keep their order. A flight that fails for one call's sake, or waits for a row that others hold, parts in
 * halves beside the next flights, until the guilty call is alone with its error, and the held ones wait alone.
 */
export class Coalescer<I, O> {
  readonly #write: Write<I, O>;
  readonly #parts: CoalescerParts;
  readonly #flightsMax: number;
  #waiting: Call<I, O>[] = [];
  /** The keys of the calls under way. */
  readonly #taken = new Set<string>();
  #flights = 0;
  /** Of the flights under way, those for which the next does not wait. */
  #slowFlights = 0;
  #isScheduled = false;
  #lockMs = lockWait.leastMs;

  constructor(write: Write<I, O>, parts: CoalescerParts) {
    this.#write = write;
    this.#parts = parts;
    this.#flightsMax = Math.max(1, Math.min(slow.flightsMax, parts.connectionsMax >> 1));
  }

  /** Sends the input with the next flight. At the signal it is taken back where it was not sent, and undone where it is alone. */
  call(input: I, signal?: AbortSignal): Promise<O> {
    return new Promise<O>((resolve, reject) => {
      const what = { input, keys: this.#write.keys(input), order: this.#write.order?.(input) };
      this.#waiting.push(new Call(what, signal, { resolve, reject, abort: (call) => this.#abort(call) }));
      this.#schedule();
    });
  }

  #abort(call: Call<I, O>): void {
    const { flight } = call;
    if (!flight) this.#waiting = this.#waiting.filter((other) => other !== call);
    else if (flight.state === "sent" || (flight.state === "leaving" && flight.calls.length === 1)) {
      // A lone one ends with the signal.
      if (flight.calls.length > 1) call.giveUp();
      return;
    } else {
      flight.without(call);
      this.#free(call);
    }
    call.reject(call.signal?.reason);
    this.#schedule();
  }

  /** Callers of the same turn of the event loop, such as a Promise.all, travel together from the first flight on. */
  #schedule(): void {
    if (this.#isScheduled || !this.#isFree()) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#sendNext();
    });
  }

  #isFree(): boolean {
    return this.#flights === this.#slowFlights && this.#flights < this.#flightsMax;
  }

  #sendNext(): void {
    if (!this.#isFree()) return;
    const calls = this.#takeCalls();
    if (calls.length === 0) return;
    const { lockWaits } = this.#parts;
    const isUnguarded = calls.length === 1 && lockWaits.takeUnguarded();
    this.#flights++;
    let [slowFlights, flights] = [0, 1];
    const timer = setTimeout(() => {
      // One without a guard may wait for as long as somebody holds its row. Of those the session limits the number.
      if (isUnguarded && lockWaits.isGuarding) this.#flights -= flights--;
      else this.#slowFlights += ++slowFlights;
      this.#sendNext();
    }, slow.afterMs);
    void this.#send(new Flight(calls), isUnguarded).then(() => {
      clearTimeout(timer);
      this.#flights -= flights;
      this.#slowFlights -= slowFlights;
      if (isUnguarded) lockWaits.giveUnguarded();
      this.#sendNext();
    });
  }

  #takeCalls(): Call<I, O>[] {
    const chosen = new Set<string>();
    const passed = new Set<string>();
    const calls: Call<I, O>[] = [];
    const later: Call<I, O>[] = [];
    for (const call of this.#waiting) {
      const { keys, order } = call;
      const mustWait =
        calls.length >= inputsMax ||
        keys.some((key) => chosen.has(key) || passed.has(key) || this.#taken.has(key)) ||
        (order !== undefined && (passed.has(order) || this.#taken.has(order)));
      (mustWait ? later : calls).push(call);
      // Also for a call that has to wait, so that none on the same key overtakes it.
      for (const key of keys) (mustWait ? passed : chosen).add(key);
      if (mustWait && order !== undefined) passed.add(order);
    }
    this.#waiting = later;
    for (const { keys, order } of calls) {
      for (const key of keys) this.#taken.add(key);
      if (order !== undefined) this.#taken.add(order);
    }
    return calls.sort((a, b) => compareKeys(a.keys[0], b.keys[0]));
  }

  /** Frees the keys of a call that its flight has no more, and its order, unless another call of the flight is in it. */
  #free({ keys, order, flight }: Call<I, O>): void {
    for (const key of keys) if (key !== order) this.#taken.delete(key);
    if (order === undefined || flight?.calls.some((other) => other.order === order)) return;
    this.#taken.delete(order);
  }

  /** Sends what was waiting. */
  async #send(flight: Flight<I, O>, isUnguarded: boolean): Promise<void> {
    const { isGuarding } = this.#parts.lockWaits;
    const guard = isUnguarded || !isGuarding ? undefined : { lockMs: Math.round(this.#lockMs) };
    const failure = await this.#fly(flight, guard);
    if (!failure) {
      this.#lockMs = Math.max(lockWait.leastMs, this.#lockMs * lockWait.decay);
      return;
    }
    const { error } = failure;
    if (guard && isLockTimeout(error)) this.#lockMs = Math.min(lockWait.mostMs, this.#lockMs * lockWait.growth);
    if (guard && flight.calls.length === 1 && isLockTimeout(error)) this.#setAside(flight, true);
    else this.#part(flight, error);
  }

  /** Of calls in one order only the first goes on by itself: the others would pass each other. */
  #keepFirsts(flight: Flight<I, O>): void {
    const orders = new Set<string>();
    const followers: Call<I, O>[] = [];
    for (const call of flight.calls) {
      if (call.order === undefined) continue;
      if (orders.has(call.order)) followers.push(call);
      orders.add(call.order);
    }
    if (followers.length === 0) return;
    for (const call of followers) {
      flight.without(call);
      this.#free(call);
      call.flight = undefined;
    }
    this.#waiting.unshift(...followers);
  }

  /** Where one call may be at fault, the halves go on beside the next flights; else all have failed. */
  #part(flight: Flight<I, O>, error: unknown): void {
    const parts = this.#partsAfter(flight, error);
    if (isLockTimeout(error)) for (const part of parts) this.#setAside(part, false);
    else if (parts.length > 0) {
      const attempt = (guard: Guard): Promise<false> => this.#tryInTurn(parts, guard);
      this.#parts.lockWaits.lane.add({ isHeld: false, sentAt: flight.sentAt, attempt });
    }
  }

  /** One after the other, so that what is good of a batch is written in the order of the calls. */
  async #tryInTurn(parts: readonly Flight<I, O>[], guard: Guard): Promise<false> {
    for (const part of parts) {
      const failure = await this.#fly(part, this.#parts.lockWaits.isGuarding ? guard : undefined);
      if (!failure) continue;
      const { error } = failure;
      if (!isLockTimeout(error)) await this.#tryInTurn(this.#partsAfter(part, error), guard);
      else if (part.calls.length === 1) this.#setAside(part, true);
      else this.#part(part, error);
    }
    return false;
  }

  /** Parts to try again after a failure. If there are none, the callers have been told. */
  #partsAfter(flight: Flight<I, O>, error: unknown): readonly Flight<I, O>[] {
    // After a lost connection, to send anything again might do the work twice.
    const isSeparable = isInputFailure(error) || isLockTimeout(error) || isStatementTimeout(error);
    if (flight.calls.length > 1 && isSeparable) {
      this.#keepFirsts(flight);
      const parts = flight.halves();
      for (const part of parts) part.state = "resting";
      return parts;
    }
    for (const call of flight.calls) call.reject(error);
    this.#land(flight);
    return [];
  }

  #setAside(flight: Flight<I, O>, isHeld: boolean): void {
    flight.state = "resting";
    this.#parts.lockWaits.lane.add({
      isHeld,
      sentAt: flight.sentAt,
      attempt: async (guard, isLast) => {
        const { isGuarding } = this.#parts.lockWaits;
        const failure = await this.#fly(flight, isGuarding ? guard : undefined);
        if (!failure) return false;
        flight.state = "resting";
        if (flight.calls.length === 1 && isLockTimeout(failure.error) && !isLast) return true;
        this.#part(flight, failure.error);
        return false;
      },
    });
  }

  /** Frees the keys of calls that have ended, for those that wait for them. */
  #land(flight: Flight<I, O>): void {
    const { calls } = flight;
    flight.calls = [];
    for (const call of calls) this.#free(call);
    this.#schedule();
  }

  /** Makes one attempt, and tells the callers of its success; without those who left in time. Gives what it failed with, if it did. */
  async #fly(flight: Flight<I, O>, guard: Guard | undefined): Promise<{ readonly error: unknown } | undefined> {
    for (;;) {
      const { calls } = flight;
      if (calls.length === 0) return undefined;
      flight.state = "leaving";
      const onSend = (): void => {
        if (flight.calls !== calls) throw new Changed();
        flight.state = "sent";
      };
      const options = { guard, signal: loneOf(calls)?.signal, onSend };
      const inputs = calls.map((call) => call.input);
      try {
        const outputs = await runWrite(this.#write, inputs, (plan) => this.#parts.run(plan, options));
        if (outputs.length !== calls.length) {
          throw new TypeError(`Write ${this.#write.name} gave ${outputs.length} results for ${calls.length} inputs.`);
        }
        for (const [i, call] of calls.entries()) call.resolve(outputs[i] as O);
        this.#land(flight);
        return undefined;
      } catch (error) {
        if (error instanceof Changed) continue;
        this.#dropAborted(flight, error);
        return flight.calls.length === 0 ? undefined : { error };
      }
    }
  }

  /** Who gave up in the meantime is not tried again. */
  #dropAborted(flight: Flight<I, O>, error: unknown): void {
    for (const call of flight.calls) {
      if (!call.signal?.aborted) continue;
      call.reject(error);
      flight.without(call);
      this.#free(call);
    }
    this.#schedule();
  }
}

function compareKeys(a = "", b = ""): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
