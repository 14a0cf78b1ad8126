import { type Held, isHeld } from "../claims/claims.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { invalid } from "../database/input.ts";
import type { ClaimedJob, FailedJob, Failure, Rescheduling, ReleasedJob } from "../jobs/jobs.ts";
import type { Store } from "../store.ts";
import type { TransitionInput, TransitionResult } from "../transition/transition.ts";
import { claimLost, nounsFor, type Settling, settlingFields, type WithinTransaction, withinFields } from "./context.ts";
import type { Lease } from "./leases.ts";

/** Where a job waits that its handler gives back. */
export type JobRelease = Rescheduling & WithinTransaction;

/** How an attempt of a job fails. */
export type JobFailure = Omit<Failure, "claim" | "error"> & WithinTransaction;

/**
 * What a handler gets besides its job. Take what you need off it: it is made when it is asked for, so that a spread copy has nothing.
 *
 * `complete`, `fail` and `release` end the claim before the handler returns, and what it returns then is not kept. In a transaction (`tx`)
 * they are undone with it; a handler that throws fails the job then, as always.
 */
export interface JobContext {
  /**
   * Aborted when the job's lease is lost, or has run out because no heartbeat reached the database, and when the worker stops and
   * the time of grace is over: nothing done from then on counts.
   */
  readonly signal: AbortSignal;
  /**
   * Makes a step of the job's execution by right of the claim, which goes on. @throws LeaseLostError where it is lost: nothing is changed.
   * @throws InvalidInputError where the job has no execution.
   */
  readonly transition: (step: TransitionInput, options?: WithinTransaction) => Promise<TransitionResult>;
  /**
   * Completes the job, with a step of its execution in the same transition (`step`): what the job did and its end are one commit. Answers
   * what the step did; null without one. @throws LeaseLostError where the claim is lost: nothing is changed.
   */
  readonly complete: (result?: unknown, options?: Settling) => Promise<TransitionResult | null>;
  /** Ends the attempt badly, as `jobs.fail` does. @throws LeaseLostError */
  readonly fail: (error?: unknown, options?: JobFailure) => Promise<Held<FailedJob>>;
  /** Gives the job back, as `jobs.release` does: the attempt does not count. @throws LeaseLostError */
  readonly release: (options?: JobRelease) => Promise<Held<ReleasedJob>>;
}

const releaseFields: Fields<JobRelease> = fieldsOf<JobRelease>({
  runAt: true,
  delayMs: true,
  priority: true,
  tx: true,
});
const failureFields: Fields<JobFailure> = fieldsOf<JobFailure>({ retryAfterMs: true, final: true, tx: true });

/** What it has is made when it is asked for, for many handlers never do. */
export class RunningJob implements JobContext {
  readonly #store: Store;
  readonly #lease: Lease<ClaimedJob>;
  #isSettled = false;

  constructor(store: Store, lease: Lease<ClaimedJob>) {
    this.#store = store;
    this.#lease = lease;
  }

  /** Whether the handler has ended the claim itself. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  get signal(): AbortSignal {
    return this.#lease.signal;
  }

  get transition(): JobContext["transition"] {
    return async (step, options) => {
      const { tx } = withinFields.readOptional(options, "options");
      const { id, token } = this.#lease.claim;
      const holding = [...(step.holding ?? []), { id, token }];
      return nounsFor(this.#store, tx).executions.transition(this.#executionId, { ...step, holding });
    };
  }

  get complete(): JobContext["complete"] {
    return async (result, options) => {
      const { tx, step } = settlingFields.readOptional(options, "options");
      const { jobs, executions } = nounsFor(this.#store, tx);
      const { id, token } = this.#lease.claim;
      if (step === undefined) {
        this.#require(await jobs.complete({ id, token }, { result }));
        return null;
      }
      const complete = [...(step.complete ?? []), { claim: { id, token }, result }];
      const made = await executions.transition(this.#executionId, { ...step, complete });
      this.#isSettled = true;
      return made;
    };
  }

  get fail(): JobContext["fail"] {
    return async (error, options) => {
      const { tx, ...how } = failureFields.readOptional(options, "options");
      const { id, token } = this.#lease.claim;
      return this.#require(await nounsFor(this.#store, tx).jobs.fail({ id, token }, { ...how, error }));
    };
  }

  get release(): JobContext["release"] {
    return async (options) => {
      const { tx, ...rescheduling } = releaseFields.readOptional(options, "options");
      const { id, token } = this.#lease.claim;
      return this.#require(await nounsFor(this.#store, tx).jobs.release({ id, token }, rescheduling));
    };
  }

  get #executionId(): string {
    const { id, executionId } = this.#lease.claim;
    if (executionId !== null) return executionId;
    throw invalid("step", `is of no execution, for job ${id} belongs to none: push it with an executionId`);
  }

  #require<Outcome extends { readonly ok: boolean }>(outcome: Outcome): Held<Outcome> {
    if (!isHeld(outcome)) throw claimLost("job", this.#lease.claim.id);
    this.#isSettled = true;
    return outcome;
  }
}
