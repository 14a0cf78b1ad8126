import { InvalidInputError, LeaseLostError } from "../core/errors.ts";
import { describeError, isError } from "../core/thrown.ts";
import type { ClaimedJob, Jobs } from "../jobs/jobs.ts";
import type { Lease } from "./leases.ts";

/** Options for acknowledging jobs. */
export interface AcknowledgingOptions {
  readonly jobs: Pick<Jobs, "complete" | "completeMany" | "fail">;
  /** The job is acknowledged, or never will be. */
  readonly drop: (lease: Lease<ClaimedJob>) => void;
  readonly onError: (error: unknown, job: ClaimedJob) => void;
  /** Called when waiting jobs have been acknowledged. */
  readonly onSettled: () => void;
}

/**
 * The most finished jobs that wait for their acknowledgement: enough for two full batches. Without a bound, a worker with slow
 * acknowledgements would do ever more work that is repeated if it dies.
 */
const waitingMax = 1000;

/** The most jobs of one batch: enough to spread the cost of a commit, few enough to stay fast. */
const batchMax = 500;

/** With this many jobs, a second batch leaves beside the first, so that the server and this process need not wait for each other. */
const [batchesMax, secondBatchMin] = [2, 200];

/** A batch that takes longer is held up, for instance by another transaction that holds one of its rows. */
const stalledAfterMs = 250;

/** A job whose handler succeeded. */
interface Done {
  readonly lease: Lease<ClaimedJob>;
  readonly result: unknown;
}

/**
 * Acknowledges jobs after their handlers. Successful ones gather while batches are in flight, and travel in the next: one call and one
 * promise per batch. A lone job is a single write. A failed batch is repeated job by job, because one of them may be at fault.
 * Jobs that end while a batch is held up also go one by one: the store then separates the held ones.
 */
export class Acknowledging {
  readonly #options: AcknowledgingOptions;
  readonly #done: Done[] = [];
  #waiting = 0;
  #isScheduled = false;
  /** Batches in flight, except those that are held up. */
  #batches = 0;
  #stalledBatches = 0;

  constructor(options: AcknowledgingOptions) {
    this.#options = options;
  }

  /** How many jobs wait for their acknowledgement. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether another job may wait. */
  get hasRoom(): boolean {
    return this.#waiting < waitingMax;
  }

  /** Completes a job, soon. */
  complete(lease: Lease<ClaimedJob>, result: unknown): void {
    this.#waiting++;
    this.#done.push({ lease, result });
    this.#schedule();
  }

  /** Fails a job, for good where another attempt would change nothing. */
  async fail(lease: Lease<ClaimedJob>, error: unknown, isFinal: boolean): Promise<void> {
    this.#waiting++;
    await this.#acknowledgeOne(lease, () => this.#fail(lease.claim, error, isFinal));
  }

  /** Jobs that end in the same turn of the event loop share one batch, including the first. */
  #schedule(): void {
    if (this.#isScheduled || !this.#canSend()) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#stalledBatches > 0) this.#completeEach(this.#done.splice(0));
      else void this.#sendBatch(this.#done.splice(0, this.#nextLength()));
      this.#schedule();
    });
  }

  #canSend(): boolean {
    if (this.#stalledBatches > 0 || this.#batches === 0) return this.#done.length > 0;
    return this.#batches < batchesMax && this.#done.length >= secondBatchMin;
  }

  /**
   * Where the next batch ends. Jobs that were claimed under one token are cheapest to end in one batch. If many wait, the last of them
   * wait for the rest of theirs.
   */
  #nextLength(): number {
    const length = Math.min(this.#done.length, batchMax);
    const tokens = this.#done.slice(0, length + 1).map(({ lease }) => lease.claim.token);
    const first = tokens.indexOf(tokens[length - 1] ?? 0);
    const isWhole = first === length - 1 || (length < tokens.length && tokens[length] !== tokens[length - 1]);
    return isWhole || first < secondBatchMin ? length : first;
  }

  async #sendBatch(batch: readonly Done[]): Promise<void> {
    this.#batches++;
    let isStalled = false;
    const timer = setTimeout(() => {
      isStalled = true;
      this.#batches--;
      this.#stalledBatches++;
      this.#schedule();
    }, stalledAfterMs);
    try {
      const outcomes = await this.#send(batch);
      for (const { lease } of batch.filter((_, i) => !outcomes[i]?.ok)) this.#reportLost(lease.claim);
      this.#settle(batch);
    } catch {
      this.#completeEach(batch);
    }
    clearTimeout(timer);
    if (isStalled) this.#stalledBatches--;
    else this.#batches--;
    this.#schedule();
  }

  /** A lone job is a single write, which travels with those of other callers. */
  async #send(batch: readonly Done[]): Promise<readonly { readonly ok: boolean }[]> {
    const { jobs } = this.#options;
    const [only, another] = batch;
    if (only && !another) return [await jobs.complete(only.lease.claim, { result: only.result })];
    return jobs.completeMany(
      batch.map(({ lease: { claim }, result }) => ({ claim: { id: claim.id, token: claim.token }, result })),
    );
  }

  #completeEach(done: readonly Done[]): void {
    for (const { lease, result } of done) void this.#acknowledgeOne(lease, () => this.#complete(lease.claim, result));
  }

  async #acknowledgeOne(lease: Lease<ClaimedJob>, acknowledge: () => Promise<void>): Promise<void> {
    try {
      await acknowledge();
    } catch (error) {
      this.#options.onError(error, lease.claim);
    }
    this.#settle([{ lease }]);
  }

  #settle(ended: readonly Pick<Done, "lease">[]): void {
    for (const { lease } of ended) this.#options.drop(lease);
    this.#waiting -= ended.length;
    this.#options.onSettled();
  }

  async #complete(job: ClaimedJob, result: unknown): Promise<void> {
    const { jobs, onError } = this.#options;
    try {
      const { ok } = await jobs.complete(job, { result });
      if (!ok) this.#reportLost(job);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      // A result that cannot be stored counts as a failure of the handler, and is reported as one.
      onError(error, job);
      await this.#fail(job, error);
    }
  }

  async #fail(job: ClaimedJob, error: unknown, isFinal = false): Promise<void> {
    const { jobs } = this.#options;
    const final = isFinal ? true : undefined;
    try {
      await jobs.fail(job, { error: isError(error) ? error : describeError(error), final });
    } catch (refused) {
      if (!(refused instanceof InvalidInputError)) throw refused;
      // The store's codec refuses the description.
      await jobs.fail(job, { final });
    }
  }

  #reportLost(job: ClaimedJob): void {
    const { id } = job;
    const message = `The lease of job ${id} was lost before it was completed: another holder does it again.`;
    this.#options.onError(new LeaseLostError(message, { facts: { entity: "job", id } }), job);
  }
}
