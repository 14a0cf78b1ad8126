import type { ClaimedTimer } from "../timers/timers.ts";
import type { TransitionResult } from "../transition/transition.ts";
import { type Settling, settlingFields } from "./context.ts";
import type { HeldClaim } from "./held-claim.ts";

/** What a handler receives besides its timer. Read its properties directly: a spread copy has none of them. */
export interface TimerContext {
  /**
   * Aborted when the handler's time is over, with the TimedOutError as its reason. Also aborted when the claim is lost, or has expired
   * because no heartbeat reached the database, and when the pump's grace period is over. Later calls do not count.
   */
  readonly signal: AbortSignal;
  /**
   * Acknowledges the timer before its handler returns. Optionally makes a step of its execution in the same transition (`step`), or joins
   * a transaction (`tx`) and rolls back with it. Returns the result of the step; null without one.
   *
   * @throws LeaseLostError if the claim is lost: nothing is changed.
   */
  readonly acknowledge: (options?: Settling) => Promise<TransitionResult | null>;
}

/** Its properties are created on demand, as for jobs. */
export class FiringTimer implements TimerContext {
  readonly #held: HeldClaim<ClaimedTimer>;

  constructor(held: HeldClaim<ClaimedTimer>) {
    this.#held = held;
  }

  get signal(): AbortSignal {
    return this.#held.signal;
  }

  get acknowledge(): TimerContext["acknowledge"] {
    return async (options) => {
      const { tx, step } = settlingFields.readOptional(options, "options");
      const { timers, executions } = this.#held.nouns(tx);
      const { claim } = this.#held;
      if (step === undefined) {
        this.#held.settledBy(await timers.acknowledge(claim));
        return null;
      }
      const acknowledge = [...(step.acknowledge ?? []), claim];
      const made = await executions.transition(this.#held.work.executionId, { ...step, acknowledge });
      this.#held.settle();
      return made;
    };
  }
}
