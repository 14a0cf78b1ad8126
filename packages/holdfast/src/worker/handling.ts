import { CorruptError } from "../core/errors.ts";
import type { ClaimedJob, QueueSchemas } from "../jobs/jobs.ts";
import type { Store } from "../store.ts";
import { processing } from "../telemetry/messaging.ts";
import { Acknowledging } from "./acknowledging.ts";
import { Batches } from "./batches.ts";
import type { TakeJobs } from "./gathering.ts";
import type { CheckedHandler, CheckedJobHandler } from "./handlers.ts";
import { HeldClaim } from "./held-claim.ts";
import { Hooks, type JobHooks } from "./hooks.ts";
import { type JobContext, type JobHandler, RunningJob } from "./job-context.ts";
import type { Lease, Leases } from "./leases.ts";
import { checkResult, readPayload } from "./payloads.ts";
import { processedJobs } from "./processed.ts";
import { Reporting } from "./reporting.ts";
import { Timeouts } from "./timeouts.ts";

/** Options for handling jobs. */
export interface HandlingOptions {
  readonly store: Store;
  readonly handlers: ReadonlyMap<string, CheckedJobHandler>;
  readonly concurrency: number;
  readonly leases: Pick<Leases<ClaimedJob>, "drop">;
  readonly hooks: JobHooks | null;
  readonly onError: (error: unknown, job: ClaimedJob | null) => void;
  readonly onEnd: () => void;
  /** Takes the next job to handle; undefined if there is none. */
  readonly next: () => Lease<ClaimedJob> | undefined;
  /** Takes more of them, of one queue. */
  readonly take: TakeJobs;
}

/** Runs handlers, and acknowledges behind them: a slot is free when its handler ends, not only when the database knows. */
export class Handling {
  readonly #options: HandlingOptions;
  readonly #acknowledging: Acknowledging;
  readonly #batches: Batches;
  readonly #timeouts = new Timeouts();
  readonly #reporting: Reporting;
  /** Null without hooks, which then cost nothing. */
  readonly #hooks: Hooks | null;
  #running = 0;
  #onIdle = (): void => undefined;

  constructor(options: HandlingOptions) {
    const { store, hooks, onError } = options;
    const onSettled = (): void => {
      this.fill();
      this.#resolveIfIdle();
    };
    this.#options = options;
    this.#hooks = hooks && new Hooks(store, hooks, onError);
    const drop = (lease: Lease<ClaimedJob>): void => this.#drop(lease);
    this.#acknowledging = new Acknowledging({ jobs: store.jobs, drop, onError, onSettled });
    this.#reporting = new Reporting({ jobs: store.jobs, onError });
    this.#batches = new Batches({
      store,
      timeouts: this.#timeouts,
      reporting: this.#reporting,
      take: options.take,
      onBegin: ({ claim }) => this.#hooks?.begin(claim),
      onDone: (lease, isSettled) => this.#done(lease, isSettled, undefined),
      onFailed: (lease, error) => this.#failed(lease, error),
      fitting: (lease, schema) => this.#fitting(lease, schema),
      onError,
    });
  }

  /** How many handlers run. */
  get running(): number {
    return this.#running;
  }

  /** Gives jobs to the batches that wait for them, and starts as many handlers as there are slots and jobs. */
  fill(): void {
    this.#batches.feed();
    while (this.#running < this.#options.concurrency) {
      const lease = this.#next();
      if (!lease) return;
      this.#running++;
      void this.#work(lease);
    }
  }

  /** Starts no more batches. */
  endGathering(): void {
    this.#batches.stop();
  }

  /** Ends no more handlers whose time is over, sends no reports, and calls no hooks. */
  stop(): void {
    this.#timeouts.stop();
    this.#reporting.stop();
    this.#hooks?.stop();
  }

  /** Resolves when no handler runs, and all finished jobs are acknowledged. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#resolveIfIdle();
    });
  }

  #next(): Lease<ClaimedJob> | undefined {
    return this.#acknowledging.hasRoom ? this.#options.next() : undefined;
  }

  /** One slot: handles a job or a batch, and then others while there are any. Creates no promise per job besides the handler's. */
  async #work(first: Lease<ClaimedJob>): Promise<void> {
    const { store, handlers, onError } = this.#options;
    for (let lease: Lease<ClaimedJob> | undefined = first; lease; lease = this.#next()) {
      const { claim: job } = lease;
      const handling = handlers.get(job.queue);
      if (handling && handling.batchSize !== null) {
        await this.#batches.work(lease, handling);
        continue;
      }
      this.#hooks?.begin(job);
      const { payload, result: schema } = handling?.schemas ?? {};
      const fitting = payload === undefined ? job : await this.#fitting(lease, payload);
      if (fitting === null) continue;
      const held = new HeldClaim(store, lease, "job");
      try {
        const result = await this.#handle(lease, fitting, new RunningJob(held, this.#reporting, schema), handling);
        if (schema !== undefined && !held.isSettled) await checkResult(schema, result);
        if (this.#reporting.has(job)) await this.#reporting.flush(job);
        this.#done(lease, held.isSettled, result);
      } catch (error) {
        onError(error, job);
        if (this.#reporting.has(job)) await this.#reporting.flush(job);
        this.#failed(lease, error);
      }
    }
    this.#running--;
    this.#resolveIfIdle();
  }

  /** The job as its handler gets it; null where its payload does not fit the schema, and the job has failed. */
  async #fitting(lease: Lease<ClaimedJob>, schema: NonNullable<QueueSchemas["payload"]>): Promise<ClaimedJob | null> {
    try {
      return await readPayload(schema, lease.claim);
    } catch (error) {
      this.#options.onError(error, lease.claim);
      // What the validator itself throws, such as a look-up that fails, may go better another time.
      this.#failed(lease, error, error instanceof CorruptError);
      return null;
    }
  }

  #handle(
    lease: Lease<ClaimedJob>,
    job: ClaimedJob,
    context: JobContext,
    handling: CheckedHandler<JobHandler> | undefined,
  ): unknown {
    if (!handling) throw new TypeError(`No handler for queue ${job.queue}`);
    const timeoutMs = job.timeoutMs ?? handling.timeoutMs ?? job.queueTimeoutMs;
    const handle = (): unknown => {
      const result = handling.handler(job, context);
      return timeoutMs === null ? result : this.#timeouts.limit({ leases: [lease], entity: "job", timeoutMs, result });
    };
    return processing(() => processedJobs([job], false), handle);
  }

  #done(lease: Lease<ClaimedJob>, isSettled: boolean, result: unknown): void {
    if (isSettled || lease.isLost) this.#drop(lease);
    else this.#acknowledging.complete(lease, result);
    this.#options.onEnd();
  }

  #failed(lease: Lease<ClaimedJob>, error: unknown, isFinal = false): void {
    // A lost lease is not renewed while its attempt is failed.
    if (lease.isLost) this.#options.leases.drop(lease);
    if (!lease.isLost || lease.isTimedOut) void this.#acknowledging.fail(lease, error, isFinal);
    else this.#drop(lease);
    this.#options.onEnd();
  }

  #drop(lease: Lease<ClaimedJob>): void {
    this.#options.leases.drop(lease);
    this.#hooks?.end(lease.claim);
  }

  #resolveIfIdle(): void {
    if (this.#running === 0 && this.#acknowledging.waiting === 0) this.#onIdle();
  }
}
