import { checkLeaseMs, leaseMsDefault } from "../claims/claims.ts";
import { checkId, checkInteger, checkNames, invalid } from "../database/input.ts";
import { InvalidInputError } from "../errors.ts";
import { checkCapabilities, checkQueues, type ClaimedJob } from "../jobs/jobs.ts";
import type { Store } from "../store.ts";
import { describeError } from "./describe-error.ts";
import { newHolder } from "./holder.ts";
import { IdleDelay } from "./idle-delay.ts";
import { type Lease, Leases } from "./leases.ts";
import { Loop } from "./loop.ts";
import { checkGraceMs, checkOnError, settleWithin, type StopOptions } from "./options.ts";
import { retaining } from "./retaining.ts";

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

/** How a worker works. */
export interface WorkerOptions {
  /** The handler of each queue. */
  readonly queues: Readonly<Record<string, JobHandler>>;
  /** How many handlers run at once; 10 by default. */
  readonly concurrency?: number;
  /** How many jobs are claimed ahead, to wait in memory for a free handler; as many as `concurrency` by default. */
  readonly prefetch?: number;
  /** What the worker is capable of: jobs that require anything else are left to others. */
  readonly capabilities?: readonly string[];
  /** How long a claim lasts unless the worker says that it lives, which it does three times as often; 30,000 by default. */
  readonly leaseMs?: number;
  /** How often to look for work when no notification came; 2,000 by default. */
  readonly pollMs?: number;
  /** Told of what goes wrong outside handlers (the database is away, a claim was lost) and of what handlers throw. */
  readonly onError?: (error: unknown, job: ClaimedJob | null) => void;
}

/** A running worker. */
export interface Worker {
  /**
   * Claims no more, gives back what no handler has begun, and waits for the running handlers; those that still run after `graceMs`
   * (30,000 by default) are aborted and their jobs given back.
   */
  stop(options?: StopOptions): Promise<void>;
}

interface Settings {
  readonly handlers: ReadonlyMap<string, JobHandler>;
  readonly queues: readonly string[];
  readonly concurrency: number;
  readonly prefetch: number;
  readonly capabilities: readonly string[];
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly onError: (error: unknown, job: ClaimedJob | null) => void;
}

/** A job whose handler runs. */
interface Running {
  readonly lease: Lease<ClaimedJob>;
  readonly done: Promise<void>;
}

/**
 * Starts a worker: it claims jobs in batches, runs their handlers, keeps their leases alive with one statement for all of them,
 * and acknowledges in batches. It is woken by notifications, and by polling where they do not arrive. Stop it before its store is
 * closed; on a closed store it ends, and its jobs are tried again when their leases run out.
 *
 * @throws InvalidInputError
 */
export async function startWorker(store: Store, options: WorkerOptions): Promise<Worker> {
  const worker = new RunningWorker(store, checkOptions(options));
  await worker.listen();
  return worker;
}

class RunningWorker implements Worker {
  readonly #store: Store;
  readonly #settings: Settings;
  readonly #holder = newHolder();
  readonly #idle: IdleDelay;
  readonly #leases: Leases<ClaimedJob>;
  /** A job may be among them twice: its lease was lost, and it was claimed again before its former handler returned. */
  readonly #running = new Set<Running>();
  readonly #claiming: Loop;
  readonly #retaining: Loop;
  #buffer: Lease<ClaimedJob>[] = [];
  #stopListening: (() => Promise<void>) | null = null;
  #stopping: Promise<void> | null = null;

  constructor(store: Store, settings: Settings) {
    this.#store = store;
    this.#settings = settings;
    const onError = (error: unknown): void => settings.onError(error, null);
    const onClosed = (): void => {
      this.#claiming.end();
      this.#retaining.end();
      this.#leases.end();
    };
    const { leaseMs } = settings;
    const heartbeat = (jobs: readonly ClaimedJob[]): Promise<readonly boolean[]> =>
      store.jobs.heartbeat(jobs, { leaseMs });
    this.#idle = new IdleDelay(settings.pollMs);
    this.#leases = new Leases({ leaseMs, heartbeat, onError, onClosed });
    this.#claiming = new Loop({ turn: () => this.#claim(), onError, onClosed });
    this.#retaining = retaining(store, onError);
  }

  async listen(): Promise<void> {
    const topics = new Set(this.#settings.queues.map((queue) => `jobs:${queue}`));
    this.#stopListening = await this.#store.onHint((topic) => {
      if (topic === null || topics.has(topic)) this.#claiming.wake();
    });
  }

  async stop(options?: StopOptions): Promise<void> {
    const graceMs = checkGraceMs(options);
    await (this.#stopping ??= this.#stop(graceMs));
  }

  async #stop(graceMs: number): Promise<void> {
    await this.#stopListening?.();
    await this.#claiming.stop();
    await this.#retaining.stop();
    await this.#release(this.#buffer.splice(0).filter(isHeld));
    await settleWithin(
      [...this.#running].map((each) => each.done),
      graceMs,
    );
    const late = [...this.#running].map((each) => each.lease).filter(isHeld);
    this.#leases.abortAll();
    await this.#release(late);
    await this.#leases.stop();
  }

  /** Fills the buffer; answers when to look again. */
  async #claim(): Promise<number> {
    const { queues, concurrency, prefetch, capabilities, leaseMs, pollMs } = this.#settings;
    this.#buffer = this.#buffer.filter(isHeld);
    const room = concurrency + prefetch - this.#running.size - this.#buffer.length;
    if (room <= 0) return pollMs;
    const sentAt = performance.now();
    const jobs = await this.#store.jobs.claim({
      queues,
      capabilities,
      limit: Math.min(room, claimMax),
      leaseMs,
      holder: this.#holder,
    });
    this.#buffer.push(...this.#leases.hold(jobs, sentAt));
    this.#startHandlers();
    if (jobs.length > 0) return 0;
    return this.#idle.after(await this.#store.jobs.next(queues));
  }

  #startHandlers(): void {
    // A handler that ends while the worker stops makes no room for another: what has not begun is given back.
    while (this.#stopping === null && this.#running.size < this.#settings.concurrency) {
      const lease = this.#buffer.shift();
      if (!lease) return;
      if (!isHeld(lease)) continue;
      const running: Running = { lease, done: this.#handle(lease, () => this.#running.delete(running)) };
      this.#running.add(running);
    }
  }

  async #handle(lease: Lease<ClaimedJob>, leave: () => void): Promise<void> {
    const { claim: job, controller } = lease;
    // Not before the job is among the running ones, which a handler that returns at once would leave too early.
    await Promise.resolve();
    try {
      let isAcknowledged = false;
      const acknowledged = (): void => {
        isAcknowledged = true;
      };
      const result = await this.#callHandler(job, { signal: controller.signal, acknowledged });
      if (!isAcknowledged && !controller.signal.aborted) await this.#acknowledge(job, result);
    } catch (error) {
      this.#settings.onError(error, job);
    } finally {
      this.#leases.drop(lease);
      leave();
      this.#startHandlers();
      // Refilled at half, not at each job, so that claims come in batches.
      if (this.#buffer.length <= this.#settings.prefetch / 2) this.#claiming.wake();
    }
  }

  async #callHandler(job: ClaimedJob, context: JobContext): Promise<unknown> {
    try {
      const handler = this.#settings.handlers.get(job.queue);
      if (!handler) throw new TypeError(`No handler for queue ${job.queue}`);
      return await handler(job, context);
    } catch (error) {
      if (context.signal.aborted) throw error;
      context.acknowledged();
      this.#settings.onError(error, job);
      await this.#fail(job, error);
      return undefined;
    }
  }

  async #acknowledge(job: ClaimedJob, result: unknown): Promise<void> {
    try {
      const outcome = await this.#store.jobs.complete(job, result === undefined ? {} : { result });
      if (outcome.ok) return;
      this.#settings.onError(new Error(`The lease of job ${job.id} was lost before it was completed`), job);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      // A result that cannot be stored is a failure of the handler, which is counted and seen as one.
      this.#settings.onError(error, job);
      await this.#fail(job, error);
    }
  }

  async #fail(job: ClaimedJob, error: unknown): Promise<void> {
    try {
      await this.#store.jobs.fail(job, { error: describeError(error) });
    } catch (refused) {
      if (!(refused instanceof InvalidInputError)) throw refused;
      // The store's codec refuses the description.
      await this.#store.jobs.fail(job);
    }
  }

  async #release(leases: readonly Lease<ClaimedJob>[]): Promise<void> {
    if (leases.length === 0) return;
    for (const lease of leases) this.#leases.drop(lease);
    try {
      await this.#store.jobs.releaseMany(leases.map((lease) => lease.claim));
    } catch (error) {
      // They come free when their leases run out.
      this.#settings.onError(error, null);
    }
  }
}

/** The most jobs of one claim: beyond, a claim holds its row locks for longer than the round trip that it saves. */
const claimMax = 500;

const optionNames = ["queues", "concurrency", "prefetch", "capabilities", "leaseMs", "pollMs", "onError"];

function checkOptions(options: WorkerOptions): Settings {
  checkNames(options, optionNames);
  const queues: unknown = options.queues;
  if (typeof queues !== "object" || queues === null) {
    throw invalid("queues", "must be an object with the handler of each queue");
  }
  const handlers = new Map(Object.entries(options.queues));
  if (handlers.size === 0) throw invalid("queues", "is empty: give at least one queue and its handler");
  for (const [queue, handler] of handlers) {
    checkId(queue, "queues");
    if (typeof handler !== "function") throw invalid(`queues.${queue}`, "must be a function");
  }
  const concurrency = checkInteger(options.concurrency ?? 10, "concurrency", { min: 1, max: 10_000 });
  return {
    handlers,
    queues: checkQueues([...handlers.keys()]),
    concurrency,
    prefetch: checkInteger(options.prefetch ?? concurrency, "prefetch", { min: 0, max: 10_000 }),
    capabilities: checkCapabilities(options.capabilities),
    leaseMs: checkLeaseMs(options.leaseMs ?? leaseMsDefault),
    pollMs: checkInteger(options.pollMs ?? 2000, "pollMs", { min: 10, max: 3_600_000 }),
    onError: checkOnError(options.onError),
  };
}

function isHeld({ controller }: Lease<ClaimedJob>): boolean {
  return !controller.signal.aborted;
}
