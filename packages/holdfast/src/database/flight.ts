import { failureAfter, graceMs, unknownAfter } from "./call-limits.ts";
import { type LockSpan, lockSpanOf } from "./lock-order.ts";
import type { Route } from "./route.ts";
import type { Write } from "./session.ts";

/** Any write, for what moves calls without a look at what they carry. */
export type Kind = Write<unknown, unknown>;

/** What a call is, and how it travels. */
export interface Ticket {
  readonly kind: Kind;
  readonly input: unknown;
  readonly route: Route;
}

/** What a call's end is told to. */
interface Settle {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly abort: (call: Call) => void;
}

/** One call of a write, until its caller has been told what became of it. */
export class Call {
  readonly kind: Kind;
  readonly input: unknown;
  readonly route: Route;
  /** No two calls that share one are under way at once. */
  readonly keys: readonly string[];
  /** Calls of its kind that share it may travel together, but none passes another. */
  readonly order: string | undefined;
  readonly locks: LockSpan | null;
  readonly signal: AbortSignal | undefined;
  /** What it travels with, once it does. */
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

  /** Tells its caller of a failure; where that had given up, of that, unless it cannot be told what became of the call. */
  reject(error: unknown): void {
    this.#end();
    const { signal } = this;
    this.#settle.reject((signal?.aborted ? failureAfter(signal.reason, error) : error) as Error);
  }

  /** Its caller gives up while it travels with others: it waits a moment for what becomes of them. */
  giveUp(): void {
    this.#grace = setTimeout(() => this.#settle.reject(unknownAfter(this.signal?.reason)), graceMs);
  }

  #end(): void {
    clearTimeout(this.#grace);
    this.signal?.removeEventListener("abort", this.#onAbort);
  }
}

/** Calls that travel together, those of one kind side by side. */
export class Flight {
  calls: readonly Call[];
  readonly sentAt: number;
  /** `resting` between tries, `leaving` until it has a connection, and then `sent`. */
  state: "resting" | "leaving" | "sent" = "leaving";

  constructor(calls: readonly Call[], sentAt: number = performance.now()) {
    this.calls = calls;
    this.sentAt = sentAt;
    for (const call of calls) call.flight = this;
  }

  without(call: Call): void {
    this.calls = this.calls.filter((other) => other !== call);
  }
}
