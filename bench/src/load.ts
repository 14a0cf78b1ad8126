import type { Contender, Latency, Measurement, Named, Place, Size } from "./bench.ts";
import { percentile } from "./statistics.ts";

/** A contender's one operation, to be called again and again. */
export interface Operation {
  /** Does it for the i-th time; what comes of it is checked by `check`, or by itself. */
  call(i: number): Promise<unknown>;
  /** Throws unless `calls` calls, of 0 to `calls - 1`, have left what they should. */
  check(calls: number): Promise<void>;
  close(): Promise<void>;
}

/** How an operation is loaded. */
export interface Load {
  readonly callers: number;
  readonly size: Size;
  /** How many operations a call stands for; 1 by default. */
  readonly operationsPerCall?: number;
}

/** A contender whose operation is called for a time, by `callers` callers of one process that each wait for their call to end. */
export function underLoad(contender: Named, load: Load, open: (place: Place) => Promise<Operation>): Contender {
  return {
    ...contender,
    open: async (place) => {
      const operation = await open(place);
      let calls = 0;
      const drive = async (seconds: number): Promise<Driven> => {
        const driven = await callForSeconds(operation, { callers: load.callers, seconds, from: calls });
        calls += driven.latenciesMs.length;
        return driven;
      };
      const perCall = load.operationsPerCall ?? 1;
      return {
        warmUp: async () => (await drive(load.size.warmUpSeconds)).latenciesMs.length * perCall,
        run: async () => toMeasurement(await drive(load.size.seconds), perCall),
        check: () => operation.check(calls),
        close: () => operation.close(),
      };
    },
  };
}

/** What came of calls. */
export interface Driven {
  readonly elapsedMs: number;
  readonly latenciesMs: readonly number[];
}

/** Calls for a time, from the `from`-th call on. */
export async function callForSeconds(
  operation: Pick<Operation, "call">,
  { callers, seconds, from }: { readonly callers: number; readonly seconds: number; readonly from: number },
): Promise<Driven> {
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  const endAt = startedAt + seconds * 1000;
  let next = from;
  const callUntilEnd = async (): Promise<void> => {
    for (let calledAt = startedAt; calledAt < endAt;) {
      const i = next;
      next += 1;
      await operation.call(i);
      const answeredAt = performance.now();
      latenciesMs.push(answeredAt - calledAt);
      calledAt = answeredAt;
    }
  };
  await Promise.all(Array.from({ length: callers }, callUntilEnd));
  return { elapsedMs: performance.now() - startedAt, latenciesMs };
}

function toMeasurement({ elapsedMs, latenciesMs }: Driven, operationsPerCall: number): Measurement {
  return { operations: latenciesMs.length * operationsPerCall, elapsedMs, latencyMs: latencyOf(latenciesMs) };
}

/** The latency of calls, from their durations; there must be at least one. */
export function latencyOf(latenciesMs: readonly number[]): Latency {
  return { p50: percentile(latenciesMs, 50), p99: percentile(latenciesMs, 99) };
}

/** The name of a case with this number of callers. */
export function callersName(callers: number): string {
  return callers === 1 ? "1 caller" : `${callers} callers`;
}

/**
 * Claims until there is something: every caller has made one before, but a claim may look at a moment at which another caller has
 * just taken it, and that one's own is not committed yet.
 */
export async function claimedOne<T>(claim: () => Promise<T | null | undefined>): Promise<T> {
  for (;;) {
    const claimed = await claim();
    if (claimed !== null && claimed !== undefined) return claimed;
  }
}
