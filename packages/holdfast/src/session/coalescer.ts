import { loneOf } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import { isLockTimeout } from "../postgres/failures.ts";
import { callsAtFault, cutBetweenKinds, type Group, groupOf, planOfGroups, settle } from "./flight-plan.ts";
import { byKind, Call, Flight, type Kind, kindOf, outputsOf, WaitingCalls } from "./flight.ts";
import type { LockWaits } from "./lock-waits.ts";
import { Route } from "./route.ts";
import { type RunOptions, type RunPlan, runWrite } from "./run-plan.ts";
import { type Failure, isSeparable, Splitter } from "./splitter.ts";
import type { Guard } from "./transaction-limits.ts";

/** The most calls of one flight: enough to spread the cost of a commit, few enough to stay fast. */
const callsMax = 500;

/** A flight that takes longer does not hold up the next. A lone call has no guard, and takes this long only if others hold its row. */
const slowAfterMs = { flight: 50, loneCall: 15 };

/** How long a kind flies by itself after one of its calls made a flight fail. */
const apartMs = 1000;

/** What a coalescer needs from its session. */
export interface CoalescerParts {
  readonly run: RunPlan;
  readonly lockWaits: Pick<LockWaits, "isGuarding" | "lane" | "takeUnguarded" | "giveUnguarded">;
  readonly connectionsMax: number;
  /** Announces work that waits for its flight. Never throws. */
  readonly announce: (topic: string) => void;
}

/** A caller gave up before its flight was sent. The flight goes without that call. */
class Changed extends Error {}

/** The routes of kinds that fly by themselves, some always, others until a moment. */
interface OwnRoute {
  readonly route: Route;
  untilMs: number;
}

/**
 * Group commit in the client, for the writes of one store. The first call goes at once. Calls that arrive while it is under way travel
 * together in the next transaction, whatever their kinds. There is no timer, so a lone caller waits for nothing.
 *
 * Within a flight no two calls share a key, kinds come in the order of locks, and calls of one kind are sorted by key. So flights of
 * several processes lock rows in one order. Calls on the same key keep their order. A flight splits if one call makes it fail or waits
 * for a held row. Its parts continue beside the next flights, and the kind of that call flies by itself for a while.
 */
export class Coalescer {
  readonly #parts: CoalescerParts;
  readonly #waiting = new WaitingCalls();
  readonly #splitter: Splitter;
  /** The route of all kinds except those that fly by themselves. */
  readonly #common: Route;
  readonly #own = new Map<string, OwnRoute>();
  #isScheduled = false;
  #isAnnouncing = false;
  /** Whether a claimer that was woken has not made its call yet. */
  #hasAnnounced = false;

  constructor(parts: CoalescerParts) {
    this.#parts = parts;
    this.#common = new Route(parts.connectionsMax);
    this.#splitter = new Splitter({
      lockWaits: parts.lockWaits,
      fly: (flight, guard) => this.#fly(flight, guard),
      fail: (flight, error) => {
        for (const call of flight.calls) call.reject(error);
        this.#land(flight);
      },
      putBack: (calls) => {
        for (const call of calls) {
          this.#takeOut(call);
          call.flight = undefined;
        }
        this.#waiting.putBack(calls);
      },
    });
  }

  /** Whether a flight leaves in this turn of the event loop. */
  get isAboutToSend(): boolean {
    return (this.#isScheduled || this.#isAnnouncing) && this.#common.mayLeave() > 0;
  }

  /** Sends the input with the next flight. The signal takes it back if it was not sent yet, and cancels it if it travels alone. */
  call<I, O>(write: Write<I, O>, input: I, signal?: AbortSignal): Promise<O> {
    // A flight holds calls of any kind; each output goes to the caller of its input.
    const kind = write as unknown as Kind;
    return new Promise<O>((resolve, reject) => {
      const settle = {
        resolve: (output: unknown) => resolve(output as O),
        reject,
        abort: (call: Call) => this.#abort(call),
      };
      const call = new Call({ kind, input, route: this.#routeOf(kind) }, signal, settle);
      this.#waiting.add(call);
      this.#announce(write.announces?.(input) ?? null);
      this.#sendSoon();
    });
  }

  /** A claimer that this wakes makes its call before the flight leaves. */
  #announce(topic: string | null): void {
    if (topic === null) return;
    this.#isAnnouncing = true;
    this.#parts.announce(topic);
    this.#isAnnouncing = false;
    this.#hasAnnounced = true;
  }

  #routeOf({ name, isApart }: Kind): Route {
    if (isApart && !this.#own.has(name)) this.#flyApart(name, Infinity);
    const own = this.#own.get(name);
    return own && own.untilMs > performance.now() ? own.route : this.#common;
  }

  /** Gives the calls of a kind a route of their own until a moment. */
  #flyApart(name: string, untilMs: number): void {
    const own = this.#own.get(name);
    if (own) own.untilMs = Math.max(own.untilMs, untilMs);
    else this.#own.set(name, { route: new Route(this.#parts.connectionsMax), untilMs });
  }

  #abort(call: Call): void {
    const { flight } = call;
    if (!flight) this.#waiting.remove(call);
    else if (flight.state === "sent" || (flight.state === "leaving" && flight.calls.length === 1)) {
      // A lone one ends with the signal.
      if (flight.calls.length > 1) call.giveUp();
      return;
    } else this.#takeOut(call);
    call.reject(call.signal?.reason);
    this.#sendSoon();
  }

  #takeOut(call: Call): void {
    call.flight?.without(call);
    this.#waiting.free(call);
  }

  /** Callers of the same turn of the event loop, such as a Promise.all, travel together from the first flight on. */
  #sendSoon(): void {
    this.#schedule(queueMicrotask);
  }

  /** Runs after all promises that are settled by now: callers who were just answered may call again, and travel together. */
  #sendAfterAnswers(): void {
    this.#schedule((send) => process.nextTick(send));
  }

  #schedule(schedule: (send: () => void) => void): void {
    // The announced call itself comes here next, after the calls of all its listeners.
    if (this.#isScheduled || this.#isAnnouncing) return;
    this.#isScheduled = true;
    const send = (): void => {
      if (this.#hasAnnounced) {
        // The flight may have been scheduled before the announcement, and so before the claimer goes on.
        this.#hasAnnounced = false;
        queueMicrotask(send);
        return;
      }
      this.#isScheduled = false;
      this.#sendNext(this.#common);
      for (const { route } of this.#own.values()) this.#sendNext(route);
    };
    schedule(send);
  }

  #sendNext(route: Route): void {
    const most = route.mayLeave();
    if (most === 0) return;
    const calls = this.#waiting.take(route, callsMax);
    const flights = most > 1 ? cutBetweenKinds(calls) : [calls];
    for (const some of flights) if (some.length > 0) this.#leave(route, some);
  }

  #leave(route: Route, calls: readonly Call[]): void {
    const { lockWaits } = this.#parts;
    const isUnguarded = calls.length === 1 && lockWaits.takeUnguarded();
    const departure = route.depart(new Set(calls.map(({ kind }) => kind.name)));
    const onSlow = (): void => {
      // A flight without a guard may wait for as long as its row is held. The session limits the number of such flights.
      if (isUnguarded && lockWaits.isGuarding) departure.goAlone();
      else departure.slowDown();
      this.#sendNext(route);
    };
    const timer = setTimeout(onSlow, isUnguarded ? slowAfterMs.loneCall : slowAfterMs.flight);
    void this.#send(new Flight(calls), route, isUnguarded).then(() => {
      clearTimeout(timer);
      departure.end();
      if (isUnguarded) lockWaits.giveUnguarded();
      if (!this.#waiting.isEmpty) this.#sendAfterAnswers();
    });
  }

  /** Sends the waiting calls. */
  async #send(flight: Flight, route: Route, isUnguarded: boolean): Promise<void> {
    const { isGuarding } = this.#parts.lockWaits;
    const guard = isUnguarded || !isGuarding ? undefined : { lockMs: route.lockMs };
    const failure = await this.#fly(flight, guard);
    if (!failure) {
      route.easeLocks();
      return;
    }
    const { error, atFault } = failure;
    if (guard && isLockTimeout(error)) route.waitLonger();
    if (guard && flight.calls.length === 1 && isLockTimeout(error)) this.#splitter.setAside(flight, true);
    else {
      const name = isSeparable(error) ? atFault?.[0]?.kind.name : undefined;
      if (name !== undefined) this.#flyApart(name, performance.now() + apartMs);
      this.#splitter.split(flight, failure);
    }
  }

  /** Frees the keys of calls that have ended. Calls whose fast path did nothing are left in the flight. */
  #land(flight: Flight, left: readonly Call[] = []): void {
    const ended = left.length === 0 ? flight.calls : flight.calls.filter((call) => !left.includes(call));
    flight.calls = left;
    flight.mayTakeFastPath = left.length === 0;
    for (const call of ended) this.#waiting.free(call);
    // A lone caller waits for nobody, so it skips the queue.
    if (ended.length > 1 || !this.#waiting.isEmpty) this.#sendAfterAnswers();
  }

  /**
   * Makes one attempt, without the callers who gave up in time. Resolves the calls if it succeeds; otherwise returns why it failed. Calls
   * whose fast path did nothing fly again.
   */
  async #fly(flight: Flight, guard: Guard | undefined): Promise<Failure | undefined> {
    for (;;) {
      const groups = this.#groupsOf(flight);
      const { calls } = flight;
      if (calls.length === 0) return undefined;
      flight.state = "leaving";
      const onSend = (): void => {
        if (flight.calls !== calls) throw new Changed();
        flight.state = "sent";
      };
      const options = { guard, signal: loneOf(calls)?.signal, onSend };
      try {
        let left: readonly Call[] = [];
        if (groups.length === 0) await this.#sendOneKind(flight, options);
        else left = settle(groups, await this.#parts.run(planOfGroups(groups), options));
        this.#land(flight, left);
        if (left.length === 0) return undefined;
      } catch (error) {
        if (error instanceof Changed) continue;
        this.#dropAborted(flight, error);
        return flight.calls.length === 0 ? undefined : { error, atFault: callsAtFault(groups, error) };
      }
    }
  }

  async #sendOneKind({ calls, mayTakeFastPath }: Flight, options: RunOptions): Promise<void> {
    const kind = kindOf(calls);
    const inputs = calls.map(({ input }) => input);
    const run: RunPlan = (plan) => this.#parts.run(plan, options);
    const outputs = outputsOf(
      kind,
      calls,
      await (mayTakeFastPath ? runWrite(kind, inputs, run) : run(kind.plan(inputs))),
    );
    for (const [i, call] of calls.entries()) call.resolve(outputs[i]);
  }

  /** Groups the calls by kind, with a plan for each; none if they are of one kind. Calls without a plan are rejected, and leave. */
  #groupsOf(flight: Flight): readonly Group[] {
    const kinds = byKind(flight.calls);
    if (kinds.length <= 1) return [];
    return kinds.flatMap((calls): readonly Group[] => {
      const kind = kindOf(calls);
      try {
        return [groupOf(kind, calls, flight.mayTakeFastPath)];
      } catch (error) {
        for (const call of calls) {
          call.reject(error);
          this.#takeOut(call);
        }
        return [];
      }
    });
  }

  /** Leaves out callers who gave up in the meantime. */
  #dropAborted(flight: Flight, error: unknown): void {
    for (const call of flight.calls) {
      if (!call.signal?.aborted) continue;
      call.reject(error);
      this.#takeOut(call);
    }
    this.#sendAfterAnswers();
  }
}
