import { setTimeout as sleep } from "node:timers/promises";
import { DuplicateError } from "../../src/core/errors.ts";
import type { Plan } from "../../src/core/plan.ts";
import { Coalescer, type CoalescerParts } from "../../src/session/coalescer.ts";
import { HeldLane } from "../../src/session/held-lane.ts";
import type { RunPlan } from "../../src/session/run-plan.ts";

/** What the write of these tests takes; it gives `n`. */
export interface Input {
  readonly key: string;
  readonly n: number;
}

/** Answers a batch; `lockMs` is how long it may wait for locks, undefined where for ever. */
export type Answer = (batch: readonly Input[], lockMs: number | undefined) => Promise<readonly number[]>;

/** What a coalescer needs besides plans: a lane of two connections, and the given number of calls without a guard. */
export function partsOf(run: RunPlan, { connectionsMax = 20, unguarded = 10 } = {}): CoalescerParts {
  let left = unguarded;
  const lane = new HeldLane(2, async () => ({ lockMs: 0, statementMs: 0 }));
  const takeUnguarded = (): boolean => left-- > 0;
  const lockWaits = { isGuarding: true, lane, takeUnguarded, giveUnguarded: () => void left++ };
  return { run, lockWaits, connectionsMax, announce: () => undefined };
}

/** Calls of the one write of these tests. */
export interface Calls {
  readonly call: (input: Input, signal?: AbortSignal) => Promise<number>;
}

/** A coalescer over a database that is a function: what a batch comes to, and a record of the batches. */
export function coalescer(
  answer: Answer,
  options: {
    readonly connectionsMax?: number;
    readonly unguarded?: number;
    readonly order?: (input: Input) => string;
  } = {},
): { readonly batches: () => readonly string[]; readonly calls: Calls } {
  const batches: (readonly Input[])[] = [];
  const plans = new Map<Plan<readonly number[]>, readonly Input[]>();
  const write = {
    name: "test",
    keys: ({ key }: Input) => [key],
    ...(options.order ? { order: options.order } : {}),
    plan: (batch: readonly Input[]): Plan<readonly number[]> => {
      const plan: Plan<readonly number[]> = { statements: [], read: () => [] };
      plans.set(plan, batch);
      return plan;
    },
  };
  // It is given no plans but those of this write.
  const run = (async (plan, { guard, onSend } = {}) => {
    const batch = plans.get(plan as unknown as Plan<readonly number[]>) ?? [];
    onSend?.();
    batches.push(batch);
    return answer(batch, guard?.lockMs);
  }) as RunPlan;
  const all = new Coalescer(partsOf(run, options));
  const calls = { call: (input: Input, signal?: AbortSignal) => all.call(write, input, signal) };
  return { batches: () => batches.map((batch) => batch.map(({ key, n }) => `${key}${n}`).join(" ")), calls };
}

/** Answers each input a little later. */
export const echo = async (batch: readonly Input[]): Promise<readonly number[]> => {
  await sleep(2);
  return batch.map(({ n }) => n);
};

/** What a server refuses with an SQLSTATE. */
export function failure(code: string): DuplicateError {
  return new DuplicateError("Refused.", { cause: Object.assign(new Error("refused"), { code }) });
}
