import { checkLeaseMs, leaseMsDefault } from "../claims/claims.ts";
import { canceledJobsTopic } from "../claims/hints.ts";
import { copyPlain, type Fields, fieldsOf } from "../database/fields.ts";
import { checkId, checkInteger, invalid } from "../database/input.ts";
import type { ClaimedExecution } from "../executions/executions.ts";
import { checkCapabilities, checkQueues, type ClaimedJob } from "../jobs/jobs.ts";
import type { Store } from "../store.ts";
import { checkExecutionHandlers, type ExecutionHandler, RunningExecutions } from "./executions.ts";
import { Handling, type JobHandler } from "./handling.ts";
import { newHolder } from "./holder.ts";
import { IdleDelay } from "./idle-delay.ts";
import { type Lease, Leases } from "./leases.ts";
import { Loop } from "./loop.ts";
import { checkGraceMs, checkOnError, settleWithin, type StopOptions } from "./options.ts";
import { Pace } from "./pace.ts";
import { retaining } from "./retaining.ts";

/** How a worker works. */
export interface WorkerOptions {
  /** The handler of the jobs of each queue. */
  readonly queues?: Readonly<Record<string, JobHandler>>;
  /** The handler of the executions of each queue; `queues`, `executions` or both are given. */
  readonly executions?: Readonly<Record<string, ExecutionHandler>>;
  /** How many handlers of jobs run at once, and how many of executions; 10 by default. */
  readonly concurrency?: number;
  /**
   * How many jobs are claimed ahead, to wait in memory for a free handler; by default as many as `concurrency`, and where handlers end
   * quickly as many as end in 50 ms, up to 1,000.
   */
  readonly prefetch?: number;
  /** What the worker is capable of: jobs that require anything else are left to others. */
  readonly capabilities?: readonly string[];
  /** How long a claim lasts unless the worker says that it lives, which it does three times as often; 30,000 by default. */
  readonly leaseMs?: number;
  /** How often to look for work when no notification came; 2,000 by default. */
  readonly pollMs?: number;
  /** Told of what goes wrong outside handlers (the database is away, a claim was lost) and of what handlers throw. */
  readonly onError?: (error: unknown, work: ClaimedJob | ClaimedExecution | null) => void;
}

/** A running worker. */
export interface Worker {
  /**
   * Claims no more, gives back what no handler has begun, and waits for the running handlers and for the acknowledgement of what has
   * ended; those that still run after `graceMs` (30,000 by default) are aborted and their jobs given back.
   */
  stop(options?: StopOptions): Promise<void>;
}

interface Settings {
  readonly handlers: ReadonlyMap<string, JobHandler>;
  readonly executions: ReadonlyMap<string, ExecutionHandler>;
  readonly queues: readonly string[];
  readonly concurrency: number;
  /** Null where it is left to the pace of the handlers. */
  readonly prefetch: number | null;
  readonly capabilities: readonly string[];
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly onError: (error: unknown, work: ClaimedJob | ClaimedExecution | null) => void;
}

/**
 * Starts a worker: it claims jobs in batches, runs their handlers, keeps their leases alive with one statement for all of them,
 * and acknowledges in batches. It is woken by notifications, and by polling where they do not arrive. Stop it before its store is
 * closed; on a closed store it ends, and its jobs are tried again when their leases run out.
 *
 * @throws InvalidInputError
 */
export async function startWorker(store: Store, options: WorkerOptions): Promise<Worker> {
  const settings = checkOptions(optionFields.read(options, "options"));
  const parts: (RunningWorker | RunningExecutions | Loop)[] = [];
  // One of jobs has the loop of retention itself.
  parts.push(
    settings.handlers.size > 0
      ? new RunningWorker(store, settings)
      : retaining(store, (error) => settings.onError(error, null)),
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
  readonly #retaining: Loop;
  #buffer: Lease<ClaimedJob>[] = [];
  /** How many the buffer is filled with. */
  #ahead: number;
  /** Whether there may be jobs that the last claim had no room for, so that a handler's end is a reason to claim. */
  #mayHaveMore = true;
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
    const { handlers, concurrency, prefetch, leaseMs } = settings;
    const heartbeat = (jobs: readonly ClaimedJob[]) => store.jobs.heartbeat(jobs, { leaseMs });
    this.#idle = new IdleDelay(settings.pollMs, 2 * againMs);
    this.#ahead = prefetch ?? concurrency;
    this.#leases = new Leases({ leaseMs, heartbeat, onError, onClosed });
    this.#handling = new Handling({
      store,
      handlers,
      concurrency,
      leases: this.#leases,
      onError: settings.onError,
      onEnd: () => this.#pace.count(),
      next: () => this.#next(),
    });
    this.#claiming = new Loop({ turn: (found) => this.#claim(found), onError, onClosed });
    this.#retaining = retaining(store, onError);
  }

  async listen(): Promise<void> {
    const topics = new Set(this.#settings.queues.map((queue) => `jobs:${queue}`));
    const canceled = new Set(this.#settings.queues.map(canceledJobsTopic));
    const hear = (topic: string | null): void => {
      if (topic !== null && canceled.has(topic)) return this.#leases.check();
      if (topic !== null && !topics.has(topic)) return;
      this.#mayHaveMore = true;
      if (topic === null) this.#claiming.wake();
      else this.#claiming.tell();
    };
    this.#stopListening = await this.#store.onHint(hear, (topic) => {
      if (topics.has(topic)) this.#claiming.expect();
    });
  }

  async stop(graceMs: number): Promise<void> {
    await (this.#stopping ??= this.#stop(graceMs));
  }

  async #stop(graceMs: number): Promise<void> {
    await this.#stopListening?.();
    await this.#claiming.stop();
    await this.#retaining.stop();
    await this.#release(this.#buffer.splice(0).filter(isHeld));
    await settleWithin(this.#handling.whenIdle(), graceMs);
    await this.#release(this.#leases.abortAll());
    await this.#leases.stop();
  }

  /** Fills the buffer; answers when to look again. */
  async #claim(found: (count: number) => void): Promise<number> {
    const { queues, concurrency, prefetch, capabilities, leaseMs, pollMs } = this.#settings;
    const sentAt = performance.now();
    this.#ahead = prefetch ?? this.#pace.ahead(concurrency, sentAt);
    this.#buffer = this.#buffer.filter(isHeld);
    const room = concurrency + this.#ahead - this.#handling.running - this.#buffer.length;
    this.#mayHaveMore = true;
    if (room <= 0) return pollMs;
    const limit = Math.min(room, claimMax);
    const jobs = await this.#store.jobs.claim({ queues, capabilities, limit, leaseMs, holder: this.#holder });
    found(jobs.length);
    this.#buffer.push(...this.#leases.hold(jobs, sentAt));
    if (jobs.length > 0) this.#idle.found();
    if (jobs.length === limit) {
      // The next claim is sent first: it takes long, and the handlers keep this process busy meanwhile.
      setImmediate(() => this.#handling.fill());
      return 0;
    }
    // Said first: handlers that find the buffer empty wake the loop for more, where there may be more.
    this.#mayHaveMore = false;
    this.#handling.fill();
    // What follows a claim, such as the first call of a handler, would share the server with the question when the next is due.
    if (jobs.length > 0) return againMs;
    return this.#idle.after(await this.#store.jobs.next(queues));
  }

  #next(): Lease<ClaimedJob> | undefined {
    // A handler that ends while the worker stops makes no room for another: what has not begun is given back.
    if (this.#stopping !== null) return undefined;
    let lease = this.#buffer.shift();
    while (lease?.isLost) lease = this.#buffer.shift();
    // Refilled at half, not at each job, so that claims come in batches.
    if (this.#mayHaveMore && this.#buffer.length <= this.#ahead / 2) this.#claiming.wake();
    return lease;
  }

  async #release(leases: readonly Lease<ClaimedJob>[]): Promise<void> {
    if (leases.length === 0) return;
    for (const lease of leases) this.#leases.drop(lease);
    try {
      await this.#store.jobs.releaseMany(leases.map(({ claim: { id, token } }) => ({ claim: { id, token } })));
    } catch (error) {
      // They come free when their leases run out.
      this.#settings.onError(error, null);
    }
  }
}

/** The most jobs of one claim: as many as a claim may have, for what each costs besides its jobs, under limits above all. */
const claimMax = 1000;

/** How soon to look again after a claim that found all there was; when the next is due is asked when that look finds nothing. */
const againMs = 10;

const optionFields: Fields<WorkerOptions> = fieldsOf<WorkerOptions>({
  queues: true,
  executions: true,
  concurrency: true,
  prefetch: true,
  capabilities: true,
  leaseMs: true,
  pollMs: true,
  onError: true,
});

function checkOptions(options: WorkerOptions): Settings {
  const executions = checkExecutionHandlers(options.executions);
  const handlers = new Map(options.queues === undefined ? [] : Object.entries(copyPlain(options.queues, "queues")));
  if (handlers.size + executions.size === 0) {
    throw invalid("queues", "is empty: give at least one queue and its handler");
  }
  for (const [queue, handler] of handlers) {
    checkId(queue, "queues");
    if (typeof handler !== "function") throw invalid(`queues.${queue}`, "must be a function");
  }
  const concurrency = checkInteger(options.concurrency ?? 10, "concurrency", { min: 1, max: 10_000 });
  return {
    handlers,
    executions,
    queues: handlers.size === 0 ? [] : checkQueues([...handlers.keys()]),
    concurrency,
    prefetch:
      options.prefetch === undefined ? null : checkInteger(options.prefetch, "prefetch", { min: 0, max: 10_000 }),
    capabilities: checkCapabilities(options.capabilities),
    leaseMs: checkLeaseMs(options.leaseMs ?? leaseMsDefault),
    pollMs: checkInteger(options.pollMs ?? 2000, "pollMs", { min: 10, max: 3_600_000 }),
    onError: checkOnError(options.onError, "worker"),
  };
}

function isHeld(lease: Lease<ClaimedJob>): boolean {
  return !lease.isLost;
}
