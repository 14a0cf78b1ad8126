import { describeError } from "../database/describe-error.ts";
import { InvalidInputError } from "../errors.ts";
import type { ClaimedJob, Jobs } from "../jobs/jobs.ts";
import type { Lease, Leases } from "./leases.ts";

/** What a handler gets besides its job. */
export interface JobContext {
  /**
   * Aborted when the job's lease is lost, or has run out because no heartbeat reached the database, and when the worker stops and
   * the time of grace is over: nothing done from then on counts.
   */
  readonly signal: AbortSignal;
  /**
   * Says that the handler has completed (or failed) the job itself, in a transaction or transition of its own, so that what the
   * job did and its acknowledgement are committed together.
   */
  acknowledged(): void;
}

/**
 * Does the work of a job. What it returns is the job's result; when it throws, the job is tried again later, until its attempts
 * are spent. It may run more than once for one job, for instance when its process dies after the work was done.
 */
export type JobHandler = (job: ClaimedJob, context: JobContext) => Promise<unknown>;

/** How jobs are handled. */
export interface HandlingOptions {
  readonly jobs: Pick<Jobs, "complete" | "fail">;
  readonly handlers: ReadonlyMap<string, JobHandler>;
  readonly concurrency: number;
  readonly leases: Leases<ClaimedJob>;
  readonly onError: (error: unknown, job: ClaimedJob | null) => void;
  readonly onEnd: () => void;
  /** A handler has ended, or jobs that held handlers up are acknowledged. */
  readonly onRoom: () => void;
}

/**
 * The most jobs whose handlers have ended and that are not acknowledged yet: enough for a batch under way and one that gathers. Were
 * there no bound, a worker whose acknowledgements are slow would do ever more that is done again if it dies.
 */
const unacknowledgedMax = 1000;

type Ended = { readonly result: unknown } | { readonly error: unknown };

/** Runs handlers, and acknowledges behind them: a handler's place is free when it has ended, and not only when the database knows. */
export class Handling {
  readonly #options: HandlingOptions;
  /** Of jobs that are not acknowledged yet. One job may be among them twice: its lease was lost, and it was claimed again. */
  readonly #handled = new Map<Lease<ClaimedJob>, Promise<void>>();
  #running = 0;
  #turn: Promise<void> | null = null;

  constructor(options: HandlingOptions) {
    this.#options = options;
  }

  /** How many handlers run. */
  get running(): number {
    return this.#running;
  }

  /** Whether another handler may begin. */
  get hasRoom(): boolean {
    return this.#running < this.#options.concurrency && this.#handled.size - this.#running < unacknowledgedMax;
  }

  /** The leases of the jobs that are not acknowledged yet, and what ends when they are. */
  get all(): ReadonlyMap<Lease<ClaimedJob>, Promise<void>> {
    return this.#handled;
  }

  /** Runs the handler of a job, and acknowledges the job. */
  start(lease: Lease<ClaimedJob>): void {
    this.#running++;
    this.#handled.set(lease, this.#handle(lease));
  }

  async #handle(lease: Lease<ClaimedJob>): Promise<void> {
    // Not before the job is among the handled ones, which a handler that returns at once would leave too early.
    await Promise.resolve();
    const { leases, onError, onRoom } = this.#options;
    try {
      const ended = await this.#callHandler(lease);
      if (ended) await this.#acknowledge(lease.claim, ended);
    } catch (error) {
      onError(error, lease.claim);
    } finally {
      const wasFull = this.#handled.size - this.#running >= unacknowledgedMax;
      leases.drop(lease);
      this.#handled.delete(lease);
      if (wasFull) onRoom();
    }
  }

  /** Answers what its end is acknowledged with; null where it is not. */
  async #callHandler(lease: Lease<ClaimedJob>): Promise<Ended | null> {
    const { handlers, onError, onEnd, onRoom } = this.#options;
    const { claim: job } = lease;
    let isAcknowledged = false;
    const context: JobContext = {
      get signal() {
        return lease.signal;
      },
      acknowledged: () => {
        isAcknowledged = true;
      },
    };
    try {
      const handler = handlers.get(job.queue);
      if (!handler) throw new TypeError(`No handler for queue ${job.queue}`);
      const result = await handler(job, context);
      return isAcknowledged || lease.isLost ? null : { result };
    } catch (error) {
      onError(error, job);
      return lease.isLost ? null : { error };
    } finally {
      this.#running--;
      onEnd();
      onRoom();
    }
  }

  async #acknowledge(job: ClaimedJob, ended: Ended): Promise<void> {
    await this.#endOfTurn();
    if ("error" in ended) return this.#fail(job, ended.error);
    const { jobs, onError } = this.#options;
    try {
      const outcome = await jobs.complete(job, ended.result === undefined ? {} : { result: ended.result });
      if (!outcome.ok) onError(new Error(`The lease of job ${job.id} was lost before it was completed`), job);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      // A result that cannot be stored is a failure of the handler, which is counted and seen as one.
      onError(error, job);
      await this.#fail(job, error);
    }
  }

  async #fail(job: ClaimedJob, error: unknown): Promise<void> {
    const { jobs } = this.#options;
    try {
      await jobs.fail(job, { error: describeError(error) });
    } catch (refused) {
      if (!(refused instanceof InvalidInputError)) throw refused;
      // The store's codec refuses the description.
      await jobs.fail(job);
    }
  }

  /** Handlers that end in the same turn of the event loop are acknowledged in one batch, and not the first of them in one of its own. */
  #endOfTurn(): Promise<void> {
    this.#turn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#turn = null;
        resolve();
      });
    });
    return this.#turn;
  }
}
