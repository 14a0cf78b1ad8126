import { createHistogram } from "node:perf_hooks";
import type { Store } from "../index.ts";

/** One measurement: what a call does, how many callers make it at once, and how many rows it moves. */
interface Scenario {
  readonly name: string;
  readonly callers: number;
  /** Rows of one call. */
  readonly rows: number;
  /** Fills what the calls need, outside of the measurement. */
  readonly prepare?: (store: Store, timeMs: number) => Promise<void>;
  /** Makes one call; `n` is different for each. False ends the measurement early, because nothing is left. */
  readonly call: (store: Store, n: number) => Promise<boolean | void>;
}

/** The figures of one measurement. */
export interface BenchResult {
  readonly name: string;
  readonly callers: number;
  readonly calls: number;
  readonly seconds: number;
  /** Rows, by all callers together. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const payload = { text: "x".repeat(200) };
const batch = 100;
const queue = "bench";

/** What is measured, in this order: the claims take what was pushed before. */
export const scenarios: readonly Scenario[] = [
  { name: "round trip", callers: 1, rows: 1, call: (store) => store.ping() },
  {
    name: "save an execution",
    callers: 1,
    rows: 1,
    call: async (store, n) =>
      void (await store.executions.save({ id: `lone-${n}`, status: "running", state: payload })),
  },
  {
    name: "save an execution",
    callers: 50,
    rows: 1,
    call: async (store, n) =>
      void (await store.executions.save({ id: `many-${n}`, status: "running", state: payload })),
  },
  {
    name: "transition of an execution",
    callers: 50,
    rows: 1,
    prepare: async (store) => {
      const ids = Array.from({ length: 50 }, (_, i) => ({ id: `steps-${i}`, status: "running" as const }));
      await store.executions.saveMany(ids);
    },
    call: async (store, n) => {
      const step = { state: payload, history: [{ kind: "step", payload }] };
      await store.executions.transition(`steps-${n % 50}`, step);
    },
  },
  {
    name: "push jobs, 100 a call",
    callers: 2,
    rows: batch,
    call: async (store) => void (await store.jobs.pushMany(Array.from({ length: batch }, () => ({ queue, payload })))),
  },
  {
    name: "claim and complete jobs, 100 a call",
    callers: 2,
    rows: batch,
    call: async (store) => {
      const claims = await store.jobs.claim({ queues: [queue], limit: batch });
      await store.jobs.completeMany(claims.map((claim) => ({ claim })));
      return claims.length === batch;
    },
  },
];

/** Runs one measurement. */
export async function measure(
  store: Store,
  { name, callers, rows, prepare, call }: Scenario,
  { timeMs, signal }: { readonly timeMs: number; readonly signal: AbortSignal },
): Promise<BenchResult> {
  await prepare?.(store, timeMs);
  const latencies = createHistogram();
  let calls = 0;
  const startedAt = performance.now();
  const endAt = startedAt + timeMs;
  let isSpent = false;
  const loop = async (): Promise<void> => {
    while (!isSpent && performance.now() < endAt) {
      signal.throwIfAborted();
      const calledAt = performance.now();
      if ((await call(store, calls++)) === false) isSpent = true;
      // A histogram keeps whole numbers: here nanoseconds.
      latencies.record(Math.max(1, Math.round((performance.now() - calledAt) * 1e6)));
    }
  };
  await Promise.all(Array.from({ length: callers }, loop));
  const seconds = (performance.now() - startedAt) / 1000;
  const percentile = (percent: number): number => latencies.percentile(percent) / 1e6;
  return {
    name,
    callers,
    calls,
    seconds,
    perSecond: (calls * rows) / seconds,
    p50Ms: percentile(50),
    p95Ms: percentile(95),
    p99Ms: percentile(99),
    maxMs: latencies.max / 1e6,
  };
}
