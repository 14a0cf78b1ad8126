import { type Fields, fieldsOf } from "../core/fields.ts";
import type { ClaimedExecution } from "../executions/executions.ts";
import type { End, Park, TransitionInput, TransitionResult } from "../transition/transition.ts";
import { withinFields, type WithinTransaction } from "./context.ts";
import type { HeldClaim } from "./held-claim.ts";

/** A step within a handler. It requires the handler's lease, and anything else it states. */
export type ExecutionStep = Omit<TransitionInput, "require"> & {
  readonly require?: Omit<NonNullable<TransitionInput["require"]>, "token"> | undefined;
};

/** What accompanies the call that parks or ends an execution. */
export interface Leaving extends WithinTransaction {
  /** The rest of the transition, in the same commit. */
  readonly step?: Omit<ExecutionStep, "park" | "end"> | undefined;
}

/**
 * What a handler receives besides its execution. Read its properties directly: a spread copy has none of them. Calls in a transaction
 * (`tx`) roll back with it; a handler that throws then fails its attempt, as always.
 */
export interface ExecutionContext {
  /**
   * Aborted when the handler's time is over, with the TimedOutError as its reason. Also aborted when the lease is lost, when the
   * execution is canceled, and when the worker's grace period is over.
   */
  readonly signal: AbortSignal;
  /** The token of the lease. */
  readonly token: number;
  /**
   * Makes a step under the handler's lease. A step that parks or ends the execution is the handler's last.
   *
   * @throws LeaseLostError
   */
  readonly transition: (step: ExecutionStep, options?: WithinTransaction) => Promise<TransitionResult>;
  /**
   * Parks the execution, with the rest of a step.
   *
   * @throws LeaseLostError
   */
  readonly park: (park: Park, options?: Leaving) => Promise<TransitionResult>;
  /**
   * Ends the execution, with the rest of a step.
   *
   * @throws LeaseLostError
   */
  readonly end: (end: End, options?: Leaving) => Promise<TransitionResult>;
  /**
   * Gives the execution back to its queue, without spending an attempt.
   *
   * @throws LeaseLostError
   */
  readonly release: (options?: WithinTransaction) => Promise<void>;
}

const leavingFields: Fields<Leaving> = fieldsOf<Leaving>({ tx: true, step: true });

/** Its properties are created on demand, as for jobs. */
export class HeldExecution implements ExecutionContext {
  readonly #held: HeldClaim<ClaimedExecution>;

  constructor(held: HeldClaim<ClaimedExecution>) {
    this.#held = held;
  }

  get signal(): AbortSignal {
    return this.#held.signal;
  }

  get token(): number {
    return this.#held.claim.token;
  }

  get transition(): ExecutionContext["transition"] {
    return async (step, options) => {
      const { tx } = withinFields.readOptional(options, "options");
      const { id, token } = this.#held.claim;
      const require = { ...step.require, token };
      const making = this.#held.nouns(tx).executions.transition(id, { ...step, require });
      making.catch((error: unknown) => this.#held.notice(error));
      const made = await making;
      if (step.park !== undefined || step.end !== undefined) this.#held.settle();
      return made;
    };
  }

  get park(): ExecutionContext["park"] {
    return async (park, options) => {
      const { tx, step } = leavingFields.readOptional(options, "options");
      return this.transition({ ...step, park }, { tx });
    };
  }

  get end(): ExecutionContext["end"] {
    return async (end, options) => {
      const { tx, step } = leavingFields.readOptional(options, "options");
      return this.transition({ ...step, end }, { tx });
    };
  }

  get release(): ExecutionContext["release"] {
    return async (options) => {
      const { tx } = withinFields.readOptional(options, "options");
      const { id, token } = this.#held.claim;
      this.#held.settledBy({ ok: await this.#held.nouns(tx).executions.releaseLease(id, token) });
    };
  }
}
