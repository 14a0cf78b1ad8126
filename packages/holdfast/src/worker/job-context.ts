import type { Held } from "../claims/claims.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { invalid } from "../core/input.ts";
import {
  checkMessage,
  type ClaimedJob,
  type FailedJob,
  type Failure,
  type QueueSchemas,
  type ReleasedJob,
  type Rescheduling,
} from "../jobs/jobs.ts";
import type { Nouns } from "../nouns.ts";
import type { Transaction } from "../transaction.ts";
import type { TransitionInput, TransitionResult } from "../transition/transition.ts";
import { type Settling, settlingFields, withinFields, type WithinTransaction } from "./context.ts";
import type { HeldClaim } from "./held-claim.ts";
import { checkResult } from "./payloads.ts";
import type { Reporting } from "./reporting.ts";

/** When a released job may run, and the transaction of the release. */
export type JobRelease = Rescheduling & WithinTransaction;

/** How an attempt of a job fails. */
export type JobFailure = Omit<Failure, "claim" | "error"> & WithinTransaction;

/**
 * What a handler receives besides its job. Read its properties directly: they are created on demand, so a spread copy has none of them.
 *
 * `complete`, `fail` and `release` end the claim before the handler returns, and its return value is then ignored. In a transaction
 * (`tx`) they roll back with it; a handler that throws then fails the job, as always.
 */
export interface JobContext<Result = unknown> {
  /**
   * Aborted when the handler's time is over, with the TimedOutError as its reason. Also aborted when the lease is lost, or has expired
   * because no heartbeat reached the database, and when the worker's grace period is over. Later calls of this context throw a
   * LeaseLostError and do not count.
   */
  readonly signal: AbortSignal;
  /**
   * Makes a step of the job's execution under the claim, which continues.
   *
   * @throws LeaseLostError if it is lost: nothing is changed.
   * @throws InvalidInputError if the job has no execution.
   */
  readonly transition: (step: TransitionInput, options?: WithinTransaction) => Promise<TransitionResult>;
  /**
   * Completes the job, with a step of its execution in the same transition (`step`): what the job did and its end are one commit. Answers
   * what the step did; null without one.
   *
   * @throws LeaseLostError where the claim is lost: nothing is changed.
   * @throws InvalidInputError for a result that the schema of a defined queue refuses.
   */
  readonly complete: (...given: ResultArguments<Result>) => Promise<TransitionResult | null>;
  /**
   * Reports the job's progress; `jobs.progressOf` returns the latest. It is stored soon, at most a few times a second, and before the job
   * ends. The handler does not wait. A value that cannot be stored is reported to `onError`.
   */
  readonly progress: (progress: unknown) => void;
  /**
   * Adds a line to the log of the job, which is stored in the same way.
   *
   * @throws InvalidInputError for a message that is empty or too long.
   */
  readonly log: (message: string, data?: unknown) => void;
  /**
   * Fails the attempt, as `jobs.fail` does.
   *
   * @throws LeaseLostError
   */
  readonly fail: (error?: unknown, options?: JobFailure) => Promise<Held<FailedJob>>;
  /**
   * Gives the job back, as `jobs.release` does, without spending the attempt.
   *
   * @throws LeaseLostError
   */
  readonly release: (options?: JobRelease) => Promise<Held<ReleasedJob>>;
}

const releaseFields: Fields<JobRelease> = fieldsOf<JobRelease>({
  runAt: true,
  delayMs: true,
  priority: true,
  tx: true,
});
const failureFields: Fields<JobFailure> = fieldsOf<JobFailure>({ retryAfterMs: true, final: true, tx: true });

/** A result, and what goes with the call that ends the claim; a result that may be undefined may be left out. */
export type ResultArguments<Result> = undefined extends Result
  ? [result?: Result, options?: Settling]
  : [result: Result, options?: Settling];

/**
 * Does the work of a job. What it returns is the job's result; when it throws, the job is tried again later, until its attempts
 * are spent. It may run more than once for one job, for instance when its process dies after the work was done. One that has ended its
 * claim itself need not return anything.
 */
export type JobHandler<Payload = unknown, Result = unknown> = (
  job: ClaimedJob<Payload>,
  context: JobContext<Result>,
) => Result | void | Promise<Result | void>;

/** Its properties are created on demand, because many handlers never use them. */
export class RunningJob implements JobContext {
  readonly #held: HeldClaim<ClaimedJob>;
  readonly #reporting: Reporting;
  readonly #schema: QueueSchemas["result"];

  constructor(held: HeldClaim<ClaimedJob>, reporting: Reporting, schema: QueueSchemas["result"]) {
    this.#held = held;
    this.#reporting = reporting;
    this.#schema = schema;
  }

  get signal(): AbortSignal {
    return this.#held.signal;
  }

  get transition(): JobContext["transition"] {
    return async (step, options) => {
      const { tx } = withinFields.readOptional(options, "options");
      const holding = [...(step.holding ?? []), this.#held.claim];
      return this.#held.nouns(tx).executions.transition(this.#executionId, { ...step, holding });
    };
  }

  get progress(): JobContext["progress"] {
    return (progress) => {
      if (progress === undefined) throw invalid("progress", "is missing: say how far the job has come");
      this.#reporting.progress(this.#held.work, progress);
    };
  }

  get log(): JobContext["log"] {
    return (message, data) => {
      const line = { message: checkMessage(message) };
      this.#reporting.log(this.#held.work, data === undefined ? line : { ...line, data });
    };
  }

  get complete(): JobContext["complete"] {
    return async (result, options) => {
      const { tx, step } = settlingFields.readOptional(options, "options");
      const check = checkResult(this.#schema, result);
      if (check !== null) await check;
      const { jobs, executions } = await this.#ending(tx);
      const { claim } = this.#held;
      if (step === undefined) {
        this.#held.settledBy(await jobs.complete(claim, { result }));
        return null;
      }
      const complete = [...(step.complete ?? []), { claim, result }];
      const made = await executions.transition(this.#executionId, { ...step, complete });
      this.#held.settle();
      return made;
    };
  }

  get fail(): JobContext["fail"] {
    return async (error, options) => {
      const { tx, ...how } = failureFields.readOptional(options, "options");
      const { jobs } = await this.#ending(tx);
      return this.#held.settledBy(await jobs.fail(this.#held.claim, { ...how, error }));
    };
  }

  get release(): JobContext["release"] {
    return async (options) => {
      const { tx, ...rescheduling } = releaseFields.readOptional(options, "options");
      const { jobs } = await this.#ending(tx);
      return this.#held.settledBy(await jobs.release(this.#held.claim, rescheduling));
    };
  }

  /** The nouns for a call that ends the claim, after which nothing more can be reported. */
  async #ending(tx: Transaction | undefined): Promise<Nouns> {
    const nouns = this.#held.nouns(tx);
    if (this.#reporting.has(this.#held.work)) await this.#reporting.flush(this.#held.work, nouns.jobs);
    return nouns;
  }

  get #executionId(): string {
    const { id, executionId } = this.#held.work;
    if (executionId !== null) return executionId;
    throw invalid("step", `is of no execution, for job ${id} belongs to none: push it with an executionId`);
  }
}
