import { checkLeaseMs, leaseMsDefault } from "../claims/claims.ts";
import { canceledJobsTopic } from "../claims/hints.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger, invalid } from "../core/input.ts";
import type { ClaimedExecution } from "../executions/executions.ts";
import { checkCapabilities, checkQueues, type ClaimedJob } from "../jobs/jobs.ts";
import type { Store } from "../store.ts";
import { type ExecutionHandler, RunningExecutions } from "./executions.ts";
import {
  type CheckedHandler,
  type CheckedJobHandler,
  checkHandler,
  checkHandlers,
  checkJobHandlers,
  type HandlerOptions,
  type JobHandlers,
} from "./handlers.ts";
import { Handling } from "./handling.ts";
import { checkHooks, type JobHooks } from "./hooks.ts";
import { IdleDelay } from "./idle-delay.ts";
import { type Lease, Leases, newHolder } from "./leases.ts";
import { Loop } from "./loop.ts";
import { checkGraceMs, checkOnError, settleWithin, type StopOptions } from "./options.ts";
import { Pace } from "./pace.ts";
import { retentionLoop } from "./retention-loop.ts";

/** Options of a worker. */
export interface WorkerOptions extends JobHooks {
  /**
   * The handler of the jobs of each queue, by its name; for defined queues a list of what `handle` makes. One with a `batchSize` gets many
   * jobs a call. Its `timeoutMs` yields to that of a job, and comes before that of the queue (`queues.configure`).
   */
  readonly queues?: JobHandlers;
  /** The handler for the executions of each queue. Give `queues`, `executions` or both. */
  readonly executions?: Readonly<Record<string, ExecutionHandler | HandlerOptions<ExecutionHandler>>>;
  /** How many handlers of jobs run at once, each with a job or a batch, and how many of executions; 10 by default. */
  readonly concurrency?: number;
  /**
   * How many jobs are claimed ahead and wait in memory for a free handler. By default as many as `concurrency`. If handlers end quickly,
   * as many as end in 50 ms, up to 1,000.
   */
  readonly prefetch?: number;
  /** What the worker is capable of. Jobs that require anything else are left to others. */
  readonly capabilities?: readonly string[];
  /** How long a claim lasts without a heartbeat; 30,000 by default. The worker sends three heartbeats in that time. */
  readonly leaseMs?: number;
  /** The longest pause between polls without a notification; 2,000 by default. */
  readonly pollMs?: number;
  /** Receives errors outside handlers (a database outage, a lost claim) and errors of handlers. */
  readonly onError?: (error: unknown, work: ClaimedJob | ClaimedExecution | null) => void;
}

/** A running worker. */
export interface Worker {
  /**
   * Claims no more, gives back jobs that have not begun, and waits for running handlers and their acknowledgements. Handlers that still
   * run after `graceMs` (30,000 by default) are aborted and their jobs given back.
   */
  stop(options?: StopOptions): Promise<void>;
}

interface Settings {
  readonly handlers: ReadonlyMap<string, CheckedJobHandler>;
  /** The most jobs of a call; 1 if no handler takes batches. */
  readonly batchSize: number;
  readonly executions: ReadonlyMap<string, CheckedHandler<ExecutionHandler>>;
  readonly queues: readonly string[];
  readonly concurrency: number;
  /** Null if it follows the pace of the handlers. */
  readonly prefetch: number | null;
  readonly capabilities: readonly string[];
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly hooks: JobHooks | null;
  readonly onError: (error: unknown, work: ClaimedJob | ClaimedExecution | null) => void;
}

/**
 * Starts a worker. It claims jobs in batches, runs their handlers, renews all their leases with one statement, and acknowledges in
 * batches. Notifications wake it, with polling as a fallback. Stop it before its store is closed; on a closed store it ends, and its jobs
 * are retried when their leases expire.
 *
 * @throws InvalidInputError
 */
export async function startWorker(store: Store, options: WorkerOptions): Promise<Worker> {
  const settings = checkOptions(optionFields.read(options, "options"));
  const parts: (RunningWorker | RunningExecutions | Loop)[] = [];
  // A worker of jobs runs retention in its own loop.
  parts.push(
    settings.handlers.size > 0
      ? new RunningWorker(store, settings)
      : retentionLoop(store, (error) => settings.onError(error, null)),
  );
  if (settings.executions.size > 0) {
    parts.push(new RunningExecutions(store, { ...settings, handlers: settings.executions, holder: newHolder() }));
  }
  for (const part of parts) if (!(part instanceof Loop)) await part.listen();
  let stopping: Promise<unknown> | null = null;
  return {
    stop: async (stopOptions) => {
      const graceMs = checkGraceMs(stopOptions);
      await (stopping ??= Promise.all(parts.map((part) => part.stop(graceMs))));
    },
  };
}

class RunningWorker {
  readonly #store: Store;
  readonly #settings: Settings;
  readonly #holder = newHolder();
  readonly #idle: IdleDelay;
  readonly #leases: Leases<ClaimedJob>;
  readonly #handling: Handling;
  readonly #pace = new Pace();
  readonly #claiming: Loop;
  readonly #retention: Loop;
  #buffer: Lease<ClaimedJob>[] = [];
  /** The target size of the buffer. */
  #ahead: number;
  /** Whether the last claim may have left jobs for lack of room, so that a handler's end is a reason to claim. */
  #mayHaveMore = true;
  #stopListening: (() => Promise<void>) | null = null;
  #stopping: Promise<void> | null = null;

  constructor(store: Store, settings: Settings) {
    this.#store = store;
    this.#settings = settings;
    const onError = (error: unknown): void => settings.onError(error, null);
    const onClosed = (): void => {
      this.#claiming.end();
      this.#retention.end();
      this.#leases.end();
      this.#handling.stop();
    };
    const { handlers, concurrency, prefetch, leaseMs } = settings;
    const heartbeat = (jobs: readonly ClaimedJob[]) => store.jobs.heartbeat(jobs, { leaseMs });
    this.#idle = new IdleDelay(settings.pollMs, 2 * recheckMs);
    this.#ahead = prefetch ?? concurrency;
    this.#leases = new Leases({ leaseMs, heartbeat, onError, onClosed });
    this.#handling = new Handling({
      store,
      handlers,
      concurrency,
      leases: this.#leases,
      hooks: settings.hooks,
      onError: settings.onError,
      onEnd: () => this.#pace.count(),
      next: () => this.#next(),
      take: (queue, count) => this.#take(queue, count),
    });
    this.#claiming = new Loop({ turn: (found) => this.#claim(found), onError, onClosed });
    this.#retention = retentionLoop(store, onError);
  }

  async listen(): Promise<void> {
    const topics = new Set(this.#settings.queues.map((queue) => `jobs:${queue}`));
    const canceled = new Set(this.#settings.queues.map(canceledJobsTopic));
    const onHint = (topic: string | null): void => {
      if (topic !== null && canceled.has(topic)) return this.#leases.check();
      if (topic !== null && !topics.has(topic)) return;
      if (topic === null) this.#claiming.wake();
      else this.#claiming.arrived();
    };
    this.#stopListening = await this.#store.onHint(onHint, (topic) => {
      if (topics.has(topic)) this.#claiming.expect();
    });
  }

  async stop(graceMs: number): Promise<void> {
    await (this.#stopping ??= this.#stop(graceMs));
  }

  async #stop(graceMs: number): Promise<void> {
    await this.#stopListening?.();
    await this.#claiming.stop();
    this.#handling.endGathering();
    await this.#retention.stop();
    await this.#release(this.#buffer.splice(0).filter(isHeld));
    await settleWithin(this.#handling.whenIdle(), graceMs);
    this.#handling.stop();
    await this.#release(this.#leases.abortAll());
    await this.#leases.stop();
  }

  /** Fills the buffer. Returns when to look again. */
  async #claim(found: (count: number) => void): Promise<number> {
    const { queues, concurrency, prefetch, batchSize, capabilities, leaseMs, pollMs } = this.#settings;
    const sentAt = performance.now();
    // Enough for a full batch, whatever the prefetch.
    this.#ahead = Math.max(prefetch ?? this.#pace.ahead(concurrency, sentAt), batchSize > 1 ? batchSize : 0);
    this.#buffer = this.#buffer.filter(isHeld);
    const room = concurrency + this.#ahead - this.#handling.running - this.#buffer.length;
    this.#mayHaveMore = room <= 0;
    if (room <= 0) return pollMs;
    const limit = Math.min(room, claimMax);
    const jobs = await this.#store.jobs.claim({ queues, capabilities, limit, leaseMs, holder: this.#holder });
    found(jobs.length);
    this.#buffer.push(...this.#leases.hold(jobs, sentAt));
    if (jobs.length > 0) this.#idle.found();
    // Set first: handlers that find the buffer empty wake the loop if there may be more.
    this.#mayHaveMore = jobs.length === limit;
    if (jobs.length === limit) {
      // The next claim is sent first, because it takes long. The handlers keep this process busy meanwhile.
      setImmediate(() => this.#handling.fill());
      return 0;
    }
    this.#handling.fill();
    // Work after a claim, such as a handler's first call, would share the server with the query for the next due time.
    if (jobs.length > 0) return recheckMs;
    return this.#idle.after(await this.#store.jobs.next(queues));
  }

  #next(): Lease<ClaimedJob> | undefined {
    // A handler that ends while the worker stops makes no room for another: jobs that have not begun are given back.
    if (this.#stopping !== null) return undefined;
    let lease = this.#buffer.shift();
    while (lease?.isLost) lease = this.#buffer.shift();
    this.#refill();
    return lease;
  }

  /** Jobs of one queue, in order. */
  #take(queue: string, count: number): readonly Lease<ClaimedJob>[] {
    if (this.#stopping !== null) return [];
    const of = this.#buffer.filter((lease) => lease.claim.queue === queue && isHeld(lease)).slice(0, count);
    const taken = new Set(of);
    this.#buffer = this.#buffer.filter((lease) => !taken.has(lease));
    this.#refill();
    return of;
  }

  /** At half, not at each job, so that claims come in batches. */
  #refill(): void {
    if (this.#mayHaveMore && this.#buffer.length <= this.#ahead / 2) this.#claiming.wake();
  }

  async #release(leases: readonly Lease<ClaimedJob>[]): Promise<void> {
    if (leases.length === 0) return;
    for (const lease of leases) this.#leases.drop(lease);
    try {
      await this.#store.jobs.releaseMany(leases.map(({ claim: { id, token } }) => ({ claim: { id, token } })));
    } catch (error) {
      // They are free when their leases expire.
      this.#settings.onError(error, null);
    }
  }
}

/** The most jobs of one claim: as many as allowed, because each claim has a fixed cost, above all under limits. */
const claimMax = 1000;

/** How soon to look again after a claim that found everything. The next due time is requested when that look finds nothing. */
const recheckMs = 10;

const optionFields: Fields<WorkerOptions> = fieldsOf<WorkerOptions>({
  queues: true,
  executions: true,
  concurrency: true,
  prefetch: true,
  capabilities: true,
  leaseMs: true,
  pollMs: true,
  onCompleted: true,
  onFailed: true,
  onDead: true,
  onError: true,
});

function checkOptions(options: WorkerOptions): Settings {
  const executions = checkHandlers(options.executions, "executions", checkHandler<ExecutionHandler>);
  const handlers = checkJobHandlers(options.queues);
  if (handlers.size + executions.size === 0) {
    throw invalid("queues", "is empty: give at least one queue and its handler");
  }
  const concurrency = checkInteger(options.concurrency ?? 10, "concurrency", { min: 1, max: 10_000 });
  return {
    handlers,
    batchSize: Math.max(1, ...[...handlers.values()].map((handling) => handling.batchSize ?? 1)),
    executions,
    queues: handlers.size === 0 ? [] : checkQueues([...handlers.keys()]),
    concurrency,
    prefetch:
      options.prefetch === undefined ? null : checkInteger(options.prefetch, "prefetch", { min: 0, max: 10_000 }),
    capabilities: checkCapabilities(options.capabilities),
    leaseMs: checkLeaseMs(options.leaseMs ?? leaseMsDefault),
    pollMs: checkInteger(options.pollMs ?? 2000, "pollMs", { min: 10, max: 3_600_000 }),
    hooks: checkHooks(options),
    onError: checkOnError(options.onError, "worker"),
  };
}

function isHeld(lease: Lease<ClaimedJob>): boolean {
  return !lease.isLost;
}
