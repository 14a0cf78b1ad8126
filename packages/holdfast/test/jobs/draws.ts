import type { RunningPolicy } from "../../src/core/enums.generated.ts";
import type { JobInput, Rescheduling } from "../../src/jobs/jobs.ts";
import { type JobModel, type ModelJob, type Place, unitMs } from "./model.ts";

/** `plain` has no groups, `grouped` only jobs of groups, `narrow` a concurrency. */
export const queues = ["plain", "grouped", "narrow"] as const;

/** What the numbers of a step choose, one after the other. */
export class Draws {
  readonly #n: readonly number[];
  #drawn = 0;

  constructor(n: readonly number[]) {
    this.#n = n;
  }

  /** A number from 0 that is less than the bound. */
  below(bound: number): number {
    const n = this.#n[this.#drawn % this.#n.length] ?? 0;
    this.#drawn += 1;
    return (n + 7 * Math.floor(this.#drawn / this.#n.length)) % bound;
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new Error("There is nothing to pick from.");
    return picked;
  }
}

/** What the n-th job asks for. */
export function inputOf(
  draws: Draws,
  n: number,
  among: readonly (typeof queues)[number][] = queues,
): JobInput & { readonly id: string; readonly queue: string } {
  const queue = draws.pick(among);
  const delay = draws.pick([0, 0, 0, 1, 3]);
  return {
    id: `j${String(n).padStart(6, "0")}`,
    queue,
    priority: draws.below(3) - 1,
    maxAttempts: 1 + draws.below(3),
    ...(delay > 0 && { delayMs: delay * unitMs }),
    ...(queue === "grouped" && { group: draws.pick(["g1", "g2", "g3"]) }),
    ...(draws.below(4) === 0 && { executionId: draws.pick(["e0", "e1"]) }),
  };
}

/** What a push says of its unique key. */
interface KeyedPush {
  readonly uniqueKey: string;
  readonly onConflict: "keep" | "replace";
  readonly onRunning: RunningPolicy;
}

/** What the n-th job asks for, with a unique key. */
export function keyedInputOf(draws: Draws, n: number): ReturnType<typeof inputOf> & KeyedPush {
  return {
    ...inputOf(draws, n),
    uniqueKey: draws.pick(["k1", "k2"]),
    onConflict: draws.pick(["keep", "replace"] as const),
    onRunning: draws.pick(["keep", "beside", "after"] as const),
  };
}

/** When a job that is pushed now may run. */
export function momentOf(model: JobModel, { delayMs = 0 }: JobInput): ModelJob["runAt"] {
  return [model.now + delayMs / unitMs, model.step];
}

/** What the model is to know of a job that was pushed. */
export function jobOf(model: JobModel, input: JobInput, id: string): Parameters<JobModel["push"]>[0] {
  const { queue, group = null, executionId = null, uniqueKey: key = null, maxAttempts = 25, priority = 0 } = input;
  const { onDependencyFailure: policy = "cancel", after = [] } = input;
  const runAt = momentOf(model, input);
  return { id, queue, group, executionId, key, maxAttempts, priority, policy, after: new Set(after), runAt };
}

/** Another moment and priority, or neither. */
export function placeFrom(draws: Draws): Place {
  const units = draws.pick([null, null, 0, 1, 2]);
  const priority = draws.pick([null, null, -1, 1]);
  return { ...(units !== null && { units }), ...(priority !== null && { priority }) };
}

/** The same as a store takes it. */
export function placeOf({ units, priority }: Place): Rescheduling {
  return { ...(units !== undefined && { delayMs: units * unitMs }), ...(priority !== undefined && { priority }) };
}
