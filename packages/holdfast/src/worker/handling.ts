import type { ClaimedJob } from "../jobs/jobs.ts";
import type { Store } from "../store.ts";
import { Acknowledging } from "./acknowledging.ts";
import { type JobContext, RunningJob } from "./job-context.ts";
import type { Lease, Leases } from "./leases.ts";

/**
 * Does the work of a job. What it returns is the job's result; when it throws, the job is tried again later, until its attempts
 * are spent. It may run more than once for one job, for instance when its process dies after the work was done.
 */
export type JobHandler = (job: ClaimedJob, context: JobContext) => Promise<unknown>;

/** How jobs are handled. */
export interface HandlingOptions {
  readonly store: Store;
  readonly handlers: ReadonlyMap<string, JobHandler>;
  readonly concurrency: number;
  readonly leases: Pick<Leases<ClaimedJob>, "drop">;
  readonly onError: (error: unknown, job: ClaimedJob) => void;
  readonly onEnd: () => void;
  /** Takes the next job to handle; undefined where there is none. */
  readonly next: () => Lease<ClaimedJob> | undefined;
}

/** Runs handlers, and acknowledges behind them: a handler's place is free when it has ended, and not only when the database knows. */
export class Handling {
  readonly #options: HandlingOptions;
  readonly #acknowledging: Acknowledging;
  #running = 0;
  #onIdle = (): void => undefined;

  constructor(options: HandlingOptions) {
    const { store, leases, onError } = options;
    const onSettled = (): void => {
      this.fill();
      this.#tellIfIdle();
    };
    this.#options = options;
    this.#acknowledging = new Acknowledging({ jobs: store.jobs, leases, onError, onSettled });
  }

  /** How many handlers run. */
  get running(): number {
    return this.#running;
  }

  /** Begins as many handlers as there are places and jobs for. */
  fill(): void {
    while (this.#running < this.#options.concurrency) {
      const lease = this.#next();
      if (!lease) return;
      this.#running++;
      void this.#work(lease);
    }
  }

  /** Resolves when no handler runs, and what has ended is acknowledged. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#tellIfIdle();
    });
  }

  #next(): Lease<ClaimedJob> | undefined {
    return this.#acknowledging.hasRoom ? this.#options.next() : undefined;
  }

  /** One place: handles a job, and then others while there are any. Makes no promise a job, besides those of the handler. */
  async #work(first: Lease<ClaimedJob>): Promise<void> {
    const { store, handlers, leases, onError, onEnd } = this.#options;
    for (let lease: Lease<ClaimedJob> | undefined = first; lease; lease = this.#next()) {
      const { claim: job } = lease;
      const context = new RunningJob(store, lease);
      try {
        const handler = handlers.get(job.queue);
        if (!handler) throw new TypeError(`No handler for queue ${job.queue}`);
        const result = await handler(job, context);
        if (context.isSettled || lease.isLost) leases.drop(lease);
        else this.#acknowledging.complete(lease, result);
      } catch (error) {
        onError(error, job);
        if (lease.isLost) leases.drop(lease);
        else void this.#acknowledging.fail(lease, error);
      }
      onEnd();
    }
    this.#running--;
    this.#tellIfIdle();
  }

  #tellIfIdle(): void {
    if (this.#running === 0 && this.#acknowledging.waiting === 0) this.#onIdle();
  }
}
