import { failureAfter, graceMs, unknownAfter } from "./call-limits.ts";
import { type LockSpan, lockSpanOf } from "./lock-order.ts";
import type { Route } from "./route.ts";
import type { Write } from "./session.ts";

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

  /** Whether the plan of the usual case may serve; not again, once it has done nothing. */
  mayBeUsual = true;

  constructor(calls: readonly Call[], sentAt: number = performance.now()) {
    this.calls = calls;
    this.sentAt = sentAt;
    for (const call of calls) call.flight = this;
  }

  without(call: Call): void {
    this.calls = this.calls.filter((other) => other !== call);
  }
}
