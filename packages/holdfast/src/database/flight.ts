import { failureAfter, graceMs, unknownAfter } from "./call-limits.ts";

/** One call of a write, until its caller has been told what became of it. */
export class Call<I, O> {
  readonly input: I;
  /** No two calls that share one are under way at once. */
  readonly keys: readonly string[];
  /** Calls that share it may travel together, but none passes another. */
  readonly order: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** What it travels with, once it does. */
  flight: Flight<I, O> | undefined;
  readonly #settle: { readonly resolve: (output: O) => void; readonly reject: (error: Error) => void };
  readonly #onAbort: () => void;
  #grace: NodeJS.Timeout | undefined;

  constructor(
    what: { readonly input: I; readonly keys: readonly string[]; readonly order: string | undefined },
    signal: AbortSignal | undefined,
    settle: {
      readonly resolve: (output: O) => void;
      readonly reject: (error: Error) => void;
      readonly abort: (call: Call<I, O>) => void;
    },
  ) {
    this.input = what.input;
    this.keys = what.keys;
    this.order = what.order;
    this.signal = signal;
    this.#settle = settle;
    this.#onAbort = () => settle.abort(this);
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  resolve(output: O): void {
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

/** Calls that travel together. */
export class Flight<I, O> {
  calls: readonly Call<I, O>[];
  readonly sentAt: number;
  /** `resting` between tries, `leaving` until it has a connection, and then `sent`. */
  state: "resting" | "leaving" | "sent" = "leaving";

  constructor(calls: readonly Call<I, O>[], sentAt: number = performance.now()) {
    this.calls = calls;
    this.sentAt = sentAt;
    for (const call of calls) call.flight = this;
  }

  without(call: Call<I, O>): void {
    this.calls = this.calls.filter((other) => other !== call);
  }

  /** Two of half the calls each; of a lone call, one. */
  halves(): readonly Flight<I, O>[] {
    const half = this.calls.length >> 1;
    const halves = [this.calls.slice(0, half), this.calls.slice(half)].filter((calls) => calls.length > 0);
    return halves.map((calls) => new Flight(calls, this.sentAt));
  }
}
