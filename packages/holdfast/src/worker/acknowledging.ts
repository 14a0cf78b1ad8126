import { describeError } from "../database/describe-error.ts";
import { InvalidInputError, LeaseLostError } from "../errors.ts";
import type { ClaimedJob, Jobs } from "../jobs/jobs.ts";
import type { Lease, Leases } from "./leases.ts";

/** How jobs are acknowledged. */
export interface AcknowledgingOptions {
  readonly jobs: Pick<Jobs, "complete" | "completeMany" | "fail">;
  readonly leases: Pick<Leases<ClaimedJob>, "drop">;
  readonly onError: (error: unknown, job: ClaimedJob) => void;
  /** Jobs that waited are acknowledged. */
  readonly onSettled: () => void;
}

/**
 * The most jobs whose handlers have ended and that are not acknowledged yet: enough for two full batches. Were
 * there no bound, a worker whose acknowledgements are slow would do ever more that is done again if it dies.
 */
const waitingMax = 1000;

/** The most jobs of one batch: enough to spread the cost of a commit, few enough to stay quick. */
const batchMax = 500;

/** A second batch leaves beside the first with so many jobs, so that the server and this process need not wait for each other. */
const [batchesMax, secondMin] = [2, 200];

/** A batch that takes longer than this is held up, as by another transaction that holds one of its rows. */
const slowMs = 250;

/** A job that ended well. */
interface Done {
  readonly lease: Lease<ClaimedJob>;
  readonly result: unknown;
}

/**
 * Acknowledges jobs behind their handlers. Those that ended well gather while batches are under way, and travel in the next: one call
 * and one promise a batch. A batch that fails is repeated, each job for itself, for one of them may be at fault. Each for itself go
 * also those that end while a batch is held up: the store then sets apart what is held.
 */
export class Acknowledging {
  readonly #options: AcknowledgingOptions;
  readonly #done: Done[] = [];
  #waiting = 0;
  #isScheduled = false;
  /** Batches under way, without those that are held up. */
  #batches = 0;
  #heldUp = 0;

  constructor(options: AcknowledgingOptions) {
    this.#options = options;
  }

  /** How many jobs wait to be acknowledged. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether another job may come to wait. */
  get hasRoom(): boolean {
    return this.#waiting < waitingMax;
  }

  /** Completes a job, soon. */
  complete(lease: Lease<ClaimedJob>, result: unknown): void {
    this.#waiting++;
    this.#done.push({ lease, result });
    this.#schedule();
  }

  /** Fails a job. */
  async fail(lease: Lease<ClaimedJob>, error: unknown): Promise<void> {
    this.#waiting++;
    await this.#alone(lease, () => this.#fail(lease.claim, error));
  }

  /** Jobs that end in the same turn of the event loop travel in one batch, and not the first of them in one of its own. */
  #schedule(): void {
    if (this.#isScheduled || !this.#mayLeave()) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#heldUp > 0) this.#completeEach(this.#done.splice(0));
      else void this.#sendBatch(this.#done.splice(0, this.#nextLength()));
      this.#schedule();
    });
  }

  #mayLeave(): boolean {
    if (this.#heldUp > 0 || this.#batches === 0) return this.#done.length > 0;
    return this.#batches < batchesMax && this.#done.length >= secondMin;
  }

  /**
   * Where the next batch ends. Jobs that were claimed under one token are cheapest to end in one batch: where many wait, the last of them
   * wait for the rest of theirs.
   */
  #nextLength(): number {
    const length = Math.min(this.#done.length, batchMax);
    const tokens = this.#done.slice(0, length + 1).map(({ lease }) => lease.claim.token);
    const first = tokens.indexOf(tokens[length - 1] ?? 0);
    const isWhole = first === length - 1 || (length < tokens.length && tokens[length] !== tokens[length - 1]);
    return isWhole || first < secondMin ? length : first;
  }

  async #sendBatch(batch: readonly Done[]): Promise<void> {
    this.#batches++;
    let isHeldUp = false;
    const timer = setTimeout(() => {
      isHeldUp = true;
      this.#batches--;
      this.#heldUp++;
      this.#schedule();
    }, slowMs);
    try {
      const outcomes = await this.#options.jobs.completeMany(
        batch.map(({ lease: { claim }, result }) => ({ claim: { id: claim.id, token: claim.token }, result })),
      );
      for (const { lease } of batch.filter((_, i) => !outcomes[i]?.ok)) this.#tellLost(lease.claim);
      this.#settle(batch);
    } catch {
      this.#completeEach(batch);
    }
    clearTimeout(timer);
    if (isHeldUp) this.#heldUp--;
    else this.#batches--;
    this.#schedule();
  }

  #completeEach(done: readonly Done[]): void {
    for (const { lease, result } of done) void this.#alone(lease, () => this.#complete(lease.claim, result));
  }

  async #alone(lease: Lease<ClaimedJob>, acknowledge: () => Promise<void>): Promise<void> {
    try {
      await acknowledge();
    } catch (error) {
      this.#options.onError(error, lease.claim);
    }
    this.#settle([{ lease }]);
  }

  #settle(ended: readonly Pick<Done, "lease">[]): void {
    for (const { lease } of ended) this.#options.leases.drop(lease);
    this.#waiting -= ended.length;
    this.#options.onSettled();
  }

  async #complete(job: ClaimedJob, result: unknown): Promise<void> {
    const { jobs, onError } = this.#options;
    try {
      const { ok } = await jobs.complete(job, { result });
      if (!ok) this.#tellLost(job);
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

  #tellLost(job: ClaimedJob): void {
    const { id } = job;
    const message = `The lease of job ${id} was lost before it was completed: another holder does it again.`;
    this.#options.onError(new LeaseLostError(message, { facts: { entity: "job", id } }), job);
  }
}
