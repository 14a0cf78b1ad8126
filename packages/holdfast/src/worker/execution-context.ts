import { type Fields, fieldsOf } from "../database/fields.ts";
import type { ClaimedExecution } from "../executions/executions.ts";
import type { Store } from "../store.ts";
import type { End, Park, TransitionInput, TransitionResult } from "../transition/transition.ts";
import { claimLost, nounsFor, type WithinTransaction, withinFields } from "./context.ts";
import type { Lease } from "./leases.ts";

/** A step within a handler: what it requires is the handler's lease, and what else it says. */
export type ExecutionStep = Omit<TransitionInput, "require"> & {
  readonly require?: Omit<NonNullable<TransitionInput["require"]>, "token"> | undefined;
};

/** What goes with the call that parks or ends an execution. */
export interface Leaving extends WithinTransaction {
  /** The rest of the transition: what changes in the same commit. */
  readonly step?: Omit<ExecutionStep, "park" | "end"> | undefined;
}

/**
 * What a handler gets besides its execution. Take what you need off it: a spread copy has nothing. In a transaction (`tx`) its calls are
 * undone with it; a handler that throws then fails its attempt, as always.
 */
export interface ExecutionContext {
  /** Aborted when the lease is lost, when the execution is canceled, and when the worker stops and the time of grace is over. */
  readonly signal: AbortSignal;
  /** The token of the lease. */
  readonly token: number;
  /** Makes a step under the handler's lease. One that parks or ends the execution is the handler's last. @throws LeaseLostError */
  readonly transition: (step: ExecutionStep, options?: WithinTransaction) => Promise<TransitionResult>;
  /** Parks the execution, with the rest of a step. @throws LeaseLostError */
  readonly park: (park: Park, options?: Leaving) => Promise<TransitionResult>;
  /** Ends the execution, with the rest of a step. @throws LeaseLostError */
  readonly end: (end: End, options?: Leaving) => Promise<TransitionResult>;
  /** Gives the execution back to its queue, without an attempt spent. @throws LeaseLostError */
  readonly release: (options?: WithinTransaction) => Promise<void>;
}

const leavingFields: Fields<Leaving> = fieldsOf<Leaving>({ tx: true, step: true });

/** What it has is made when it is asked for, as for jobs. */
export class HeldExecution implements ExecutionContext {
  readonly #store: Store;
  readonly #lease: Lease<ClaimedExecution>;
  #isSettled = false;

  constructor(store: Store, lease: Lease<ClaimedExecution>) {
    this.#store = store;
    this.#lease = lease;
  }

  /** Whether the handler has parked, ended or released the execution. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  get signal(): AbortSignal {
    return this.#lease.signal;
  }

  get token(): number {
    return this.#lease.claim.token;
  }

  get transition(): ExecutionContext["transition"] {
    return async (step, options) => {
      const { tx } = withinFields.readOptional(options, "options");
      const { id, token } = this.#lease.claim;
      const require = { ...step.require, token };
      const made = await nounsFor(this.#store, tx).executions.transition(id, { ...step, require });
      if (step.park !== undefined || step.end !== undefined) this.#isSettled = true;
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
      const { id, token } = this.#lease.claim;
      const { executions } = nounsFor(this.#store, tx);
      if (!(await executions.releaseLease(id, token))) throw claimLost("execution", id);
      this.#isSettled = true;
    };
  }
}
