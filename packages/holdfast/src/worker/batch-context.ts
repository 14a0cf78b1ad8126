import type { Held } from "../claims/claims.ts";
import { invalid } from "../core/input.ts";
import type { ClaimedJob, FailedJob, QueueSchemas, ReleasedJob } from "../jobs/jobs.ts";
import type { Store } from "../store.ts";
import type { TransitionResult } from "../transition/transition.ts";
import { HeldClaim } from "./held-claim.ts";
import { type JobContext, type JobFailure, type JobRelease, type ResultArguments, RunningJob } from "./job-context.ts";
import type { Lease } from "./leases.ts";
import type { Reporting } from "./reporting.ts";

/**
 * Handles several jobs of a queue. When it returns, the jobs that it has not ended are completed, without a result; when it throws, they
 * fail.
 */
export type BatchHandler<Payload = unknown, Result = unknown> = (
  jobs: readonly ClaimedJob<Payload>[],
  context: BatchContext<Result>,
) => unknown;

/** What a batch handler receives besides its jobs. Read its properties directly: a spread copy has none of them. */
export interface BatchContext<Result = unknown> {
  /** Aborted when no job is left to work on: the handler's time is over, the worker stops, or all claims are lost. */
  readonly signal: AbortSignal;
  /** The signal of one job of the batch, aborted when its claim is lost. */
  readonly signalOf: (job: ClaimedJob) => AbortSignal;
  /**
   * Completes one job, like the `complete` of a single job's context.
   *
   * @throws LeaseLostError
   */
  readonly complete: (job: ClaimedJob, ...given: ResultArguments<Result>) => Promise<TransitionResult | null>;
  /** Reports the progress of one job, like the `progress` of a single job's context. */
  readonly progress: (job: ClaimedJob, progress: unknown) => void;
  /**
   * Adds a line to the log of one job.
   *
   * @throws InvalidInputError for a message that is empty or too long.
   */
  readonly log: (job: ClaimedJob, message: string, data?: unknown) => void;
  /**
   * Fails the attempt of one job.
   *
   * @throws LeaseLostError
   */
  readonly fail: (job: ClaimedJob, error?: unknown, options?: JobFailure) => Promise<Held<FailedJob>>;
  /**
   * Gives one job back.
   *
   * @throws LeaseLostError
   */
  readonly release: (job: ClaimedJob, options?: JobRelease) => Promise<Held<ReleasedJob>>;
}

interface Member {
  readonly lease: Lease<ClaimedJob>;
  readonly held: HeldClaim<ClaimedJob>;
  readonly context: JobContext;
}

/** The jobs of one call. The properties of its context are created on demand. */
export class RunningBatch implements BatchContext {
  readonly #members: ReadonlyMap<string, Member>;
  #controller: AbortController | null = null;

  constructor(
    store: Store,
    leases: readonly Lease<ClaimedJob>[],
    { reporting, schema }: { readonly reporting: Reporting; readonly schema: QueueSchemas["result"] },
  ) {
    this.#members = new Map(
      leases.map((lease) => {
        const held = new HeldClaim(store, lease, "job");
        return [lease.claim.id, { lease, held, context: new RunningJob(held, reporting, schema) }];
      }),
    );
  }

  /** The leases of the jobs that the handler has not ended itself. */
  get unsettled(): readonly Lease<ClaimedJob>[] {
    return [...this.#members.values()].flatMap(({ held, lease }) => (held.isSettled ? [] : [lease]));
  }

  get signal(): AbortSignal {
    return (this.#controller ??= this.#controlled()).signal;
  }

  get signalOf(): BatchContext["signalOf"] {
    return (job) => this.#of(job).signal;
  }

  get complete(): BatchContext["complete"] {
    return async (job, result, options) => this.#of(job).complete(result, options);
  }

  get progress(): BatchContext["progress"] {
    return (job, progress) => this.#of(job).progress(progress);
  }

  get log(): BatchContext["log"] {
    return (job, message, data) => this.#of(job).log(message, data);
  }

  get fail(): BatchContext["fail"] {
    return async (job, error, options) => this.#of(job).fail(error, options);
  }

  get release(): BatchContext["release"] {
    return async (job, options) => this.#of(job).release(options);
  }

  #of({ id }: ClaimedJob): JobContext {
    const member = this.#members.get(id);
    if (member === undefined) throw invalid("job", "is not one of this batch");
    return member.context;
  }

  #controlled(): AbortController {
    const controller = new AbortController();
    const signals = [...this.#members.values()].map(({ lease }) => lease.signal);
    const abortIfAllAborted = (): void => {
      if (signals.every(({ aborted }) => aborted)) controller.abort(signals.at(-1)?.reason);
    };
    for (const signal of signals) signal.addEventListener("abort", abortIfAllAborted, { once: true });
    abortIfAllAborted();
    return controller;
  }
}
