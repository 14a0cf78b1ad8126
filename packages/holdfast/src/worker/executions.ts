import { canceledTopic, wokenTopic } from "../claims/hints.ts";
import { copyPlain } from "../database/fields.ts";
import { checkId, checkInteger, invalid } from "../database/input.ts";
import { LeaseLostError } from "../errors.ts";
import type { ClaimedExecution } from "../executions/executions.ts";
import type { Store } from "../store.ts";
import { type ExecutionContext, HeldExecution } from "./execution-context.ts";
import { IdleDelay } from "./idle-delay.ts";
import { type Lease, Leases } from "./leases.ts";
import { Loop } from "./loop.ts";
import { settleWithin } from "./options.ts";

/**
 * Does the work of an execution until it parks it or ends it. Where it does neither, the execution succeeds, and what the handler returns
 * is its output. When it throws, the execution is claimed again later, until its attempts are spent. It may run again for what it did
 * before, for instance when its process dies, so it looks at what is recorded already.
 */
export type ExecutionHandler = (execution: ClaimedExecution, context: ExecutionContext) => Promise<unknown>;

/** What the executions of a worker share with its jobs. */
export interface ExecutionSettings {
  readonly handlers: ReadonlyMap<string, ExecutionHandler>;
  readonly concurrency: number;
  readonly capabilities: readonly string[];
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly holder: string;
  readonly onError: (error: unknown, execution: ClaimedExecution | null) => void;
}

/** Checks the handlers of executions. */
export function checkExecutionHandlers(
  given: Readonly<Record<string, ExecutionHandler>> | undefined,
): ReadonlyMap<string, ExecutionHandler> {
  const handlers = new Map(given === undefined ? [] : Object.entries(copyPlain(given, "executions")));
  for (const [queue, handler] of handlers) {
    checkId(queue, "executions");
    if (typeof handler !== "function") throw invalid(`executions.${queue}`, "must be a function");
  }
  return handlers;
}

/** The most executions of one claim. */
const claimMax = 1000;

/** How soon to look again after a claim that found all there was. */
const againMs = 10;

/** The part of a worker that takes executions: each of its queues is claimed by itself, for that is the usual claim. */
export class RunningExecutions {
  readonly #store: Store;
  readonly #settings: ExecutionSettings;
  readonly #leases: Leases<ClaimedExecution>;
  readonly #idle: IdleDelay;
  readonly #claiming: Loop;
  readonly #running = new Map<Lease<ClaimedExecution>, Promise<void>>();
  #stopListening: (() => Promise<void>) | null = null;
  #isStopping = false;
  #first = 0;

  constructor(store: Store, settings: ExecutionSettings) {
    this.#store = store;
    this.#settings = settings;
    checkInteger(settings.concurrency, "concurrency", { min: 1, max: 10_000 });
    const onError = (error: unknown): void => settings.onError(error, null);
    const onClosed = (): void => {
      this.#claiming.end();
      this.#leases.end();
    };
    const { leaseMs, pollMs } = settings;
    const heartbeat = (claims: readonly ClaimedExecution[]) => store.executions.heartbeat(claims, { leaseMs });
    this.#idle = new IdleDelay(pollMs, 2 * againMs);
    this.#leases = new Leases({ leaseMs, heartbeat, onError, onClosed });
    this.#claiming = new Loop({ turn: (found) => this.#claim(found), onError, onClosed });
  }

  /** Hears of executions to claim, and of those that are canceled. */
  async listen(): Promise<void> {
    const queues = [...this.#settings.handlers.keys()];
    // What is said of a queue's jobs too, such as that its pause has ended.
    const topics = new Set([wokenTopic, ...queues.flatMap((queue) => [`executions:${queue}`, `jobs:${queue}`])]);
    const hear = (topic: string | null): void => {
      if (topic === null) return this.#claiming.wake();
      if (topics.has(topic)) return this.#claiming.tell();
      if (!topic.startsWith(canceledTopic(""))) return;
      for (const lease of this.#running.keys()) if (canceledTopic(lease.claim.id) === topic) lease.lose();
    };
    this.#stopListening = await this.#store.onHint(hear, (topic) => {
      if (topics.has(topic)) this.#claiming.expect();
    });
  }

  /** Claims no more, and waits for the handlers; those that still run after the time of grace are aborted, and given back. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    await this.#stopListening?.();
    await this.#claiming.stop();
    await settleWithin(Promise.all(this.#running.values()), graceMs);
    const late = [...this.#running.keys()].filter((lease) => !lease.isLost);
    this.#leases.abortAll();
    for (const { claim } of late) {
      await this.#quietly(claim, this.#store.executions.releaseLease(claim.id, claim.token));
    }
    await this.#leases.stop();
  }

  /** Claims from each queue in turn what there are free handlers for; answers when to look again. */
  async #claim(count: (found: number) => void): Promise<number> {
    const { handlers, concurrency, capabilities, leaseMs, pollMs, holder } = this.#settings;
    const queues = [...handlers.keys()];
    let found = 0;
    // Another queue comes first each time, so that none takes all the room.
    this.#first = (this.#first + 1) % queues.length;
    for (const i of queues.keys()) {
      const queue = queues[(this.#first + i) % queues.length] ?? "";
      const limit = Math.min(concurrency - this.#running.size, claimMax);
      if (limit <= 0 || this.#isStopping) return pollMs;
      const sentAt = performance.now();
      const claim = { queues: [queue], capabilities, limit, leaseMs, holder };
      const executions = await this.#store.executions.claim(claim);
      found += executions.length;
      count(executions.length);
      for (const lease of this.#leases.hold(executions, sentAt)) this.#start(lease, queue);
    }
    if (found > 0) this.#idle.found();
    return found > 0 ? againMs : this.#idle.after(await this.#store.jobs.next(queues));
  }

  #start(lease: Lease<ClaimedExecution>, queue: string): void {
    const run = this.#run(lease, queue).finally(() => {
      this.#leases.drop(lease);
      this.#running.delete(lease);
      this.#claiming.wake();
    });
    this.#running.set(lease, run);
  }

  async #run(lease: Lease<ClaimedExecution>, queue: string): Promise<void> {
    // Not before the execution is among the running ones.
    await Promise.resolve();
    const { claim: execution } = lease;
    const context = new HeldExecution(this.#store, lease);
    try {
      const output = await this.#settings.handlers.get(queue)?.(execution, context);
      if (context.isSettled || lease.isLost) return;
      await context.end(output === undefined ? { status: "succeeded" } : { status: "succeeded", output });
    } catch (error) {
      this.#settings.onError(error, execution);
      if (lease.isLost || error instanceof LeaseLostError) return;
      const { id, token } = execution;
      const failing = this.#store.executions.fail({ id, token }, { error });
      // What the handler settled in a transaction may have been undone with it; else there is no claim left to fail.
      await this.#quietly(execution, context.isSettled ? failing.catch(unlessLost) : failing);
    }
  }

  /** What fails here comes free when its lease runs out. */
  async #quietly(execution: ClaimedExecution, call: Promise<unknown>): Promise<void> {
    try {
      await call;
    } catch (error) {
      this.#settings.onError(error, execution);
    }
  }
}

function unlessLost(error: unknown): void {
  if (!(error instanceof LeaseLostError)) throw error;
}
