import type { Plan } from "../core/plan.ts";
import type { Database } from "../postgres/database.ts";
import { isLockTimeout } from "../postgres/failures.ts";
import { HeldLane } from "./held-lane.ts";
import type { RunPlan } from "./run-plan.ts";
import { type Guard, ownLimits } from "./transaction-limits.ts";

/** How long a write that is sent by itself waits for a lock, if too many others wait without a limit already. */
const loneLockMs = 100;

/**
 * How the writes of one store wait for rows that others hold. At most half of the pool's connections may wait without a guard. A lone
 * write does so, because a guard would cost a tenth of its rate. All others give up soon, and then wait in the lane for held calls.
 */
export class LockWaits {
  /** Whether others can hold a row at all: not if this session is the only one. */
  readonly isGuarding: boolean;
  readonly lane: HeldLane;
  readonly #run: RunPlan;
  #unguarded: number;

  constructor(database: Database, run: RunPlan) {
    const { connectionsMax, isShared, statementTimeoutMs } = database;
    this.isGuarding = isShared;
    this.#run = run;
    this.#unguarded = connectionsMax >= 3 ? connectionsMax >> 1 : 0;
    this.lane = new HeldLane(Math.max(1, Math.min(4, connectionsMax >> 2)), async () => {
      // If this fails, so do the attempts, each with its own error.
      const own = await run(ownLimits).catch(() => ({ lockMs: 0, statementMs: 0 }));
      return { ...own, statementMs: own.statementMs || statementTimeoutMs };
    });
  }

  /** Whether a lone write may go without a guard. If so, call `giveUnguarded` after it. */
  takeUnguarded(): boolean {
    if (!this.isGuarding) return true;
    if (this.#unguarded === 0) return false;
    this.#unguarded--;
    return true;
  }

  giveUnguarded(): void {
    if (this.isGuarding) this.#unguarded++;
  }

  /** Runs a plan by itself, as soon as its rows are free. */
  async runAlone<T>(plan: Plan<T>, signal: AbortSignal | undefined): Promise<T> {
    if (this.takeUnguarded()) return this.#run(plan, { signal }).finally(() => this.giveUnguarded());
    const sentAt = performance.now();
    try {
      return await this.#run(plan, { signal, guard: { lockMs: loneLockMs } });
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
    }
    return this.#hold(sentAt, (guard) => this.#run(plan, { signal, guard }), signal);
  }

  /** Tries in the lane until it succeeds, fails by itself, or its caller leaves. */
  #hold<T>(sentAt: number, run: (guard: Guard) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return new Promise<T>((resolve, reject: (error: Error) => void) => {
      let isTrying = false;
      // During an attempt, the attempt itself ends with the signal.
      const onAbort = (): void => {
        if (!isTrying) reject(signal?.reason as Error);
      };
      const attempt = async (guard: Guard, isLast: boolean): Promise<boolean> => {
        isTrying = true;
        try {
          signal?.throwIfAborted();
          resolve(await run(guard));
        } catch (error) {
          isTrying = false;
          if (isLockTimeout(error) && !isLast && !signal?.aborted) return true;
          reject(error as Error);
        }
        signal?.removeEventListener("abort", onAbort);
        return false;
      };
      signal?.addEventListener("abort", onAbort);
      this.lane.add({ isHeld: true, sentAt, attempt });
    });
  }
}
