import type { Store } from "../store.ts";
import type { ClaimedTimer } from "../timers/timers.ts";
import type { TransitionResult } from "../transition/transition.ts";
import { claimLost, nounsFor, type Settling, settlingFields } from "./context.ts";
import type { Lease } from "./leases.ts";

/** What a handler gets besides its timer. Take what you need off it: a spread copy has nothing. */
export interface TimerContext {
  /**
   * Aborted when the claim is lost, or has run out because no heartbeat reached the database, and when the pump stops and the time
   * of grace is over: nothing done from then on counts.
   */
  readonly signal: AbortSignal;
  /**
   * Acknowledges the timer before its handler returns, with a step of its execution in the same transition (`step`), or in a transaction
   * (`tx`), which undoes it where it fails. Answers what the step did; null without one. @throws LeaseLostError where the claim is lost:
   * nothing is changed.
   */
  readonly acknowledge: (options?: Settling) => Promise<TransitionResult | null>;
}

/** What it has is made when it is asked for, as for jobs. */
export class FiringTimer implements TimerContext {
  readonly #store: Store;
  readonly #lease: Lease<ClaimedTimer>;
  #isSettled = false;

  constructor(store: Store, lease: Lease<ClaimedTimer>) {
    this.#store = store;
    this.#lease = lease;
  }

  /** Whether the handler has acknowledged the timer itself. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  get signal(): AbortSignal {
    return this.#lease.signal;
  }

  get acknowledge(): TimerContext["acknowledge"] {
    return async (options) => {
      const { tx, step } = settlingFields.readOptional(options, "options");
      const { timers, executions } = nounsFor(this.#store, tx);
      const { id, token, executionId } = this.#lease.claim;
      if (step !== undefined) {
        const acknowledge = [...(step.acknowledge ?? []), { id, token }];
        const made = await executions.transition(executionId, { ...step, acknowledge });
        this.#isSettled = true;
        return made;
      }
      if (!(await timers.acknowledge({ id, token })).ok) throw claimLost("timer", id);
      this.#isSettled = true;
      return null;
    };
  }
}
