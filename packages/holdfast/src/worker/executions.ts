import { canceledTopic, wokenTopic } from "../claims/hints.ts";
import { LeaseLostError } from "../core/errors.ts";
import { checkInteger } from "../core/input.ts";
import type { ClaimedExecution } from "../executions/executions.ts";
import type { Store } from "../store.ts";
import { processing } from "../telemetry/messaging.ts";
import { type ExecutionContext, HeldExecution } from "./execution-context.ts";
import type { CheckedHandler } from "./handlers.ts";
import { HeldClaim } from "./held-claim.ts";
import { IdleDelay } from "./idle-delay.ts";
import { type Lease, Leases } from "./leases.ts";
import { Loop } from "./loop.ts";
import { settleWithin } from "./options.ts";
import { processedExecution } from "./processed.ts";
import { Timeouts } from "./timeouts.ts";

/**
 * Works on an execution until it parks or ends it. If it does neither, the execution succeeds, and the return value is its output. If it
 * throws, the execution is claimed again later, until its attempts are spent. It may run again for the same work, for instance after its
 * process died, so it should check what is recorded already.
 */
export type ExecutionHandler = (execution: ClaimedExecution, context: ExecutionContext) => unknown;

/** What a worker's executions share with its jobs. */
export interface ExecutionSettings {
  readonly handlers: ReadonlyMap<string, CheckedHandler<ExecutionHandler>>;
  readonly concurrency: number;
  readonly capabilities: readonly string[];
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly holder: string;
  readonly onError: (error: unknown, execution: ClaimedExecution | null) => void;
}

/** The most executions of one claim. */
const claimMax = 1000;

/** How soon to look again after a claim that found everything. */
const recheckMs = 10;

/** The part of a worker that takes executions. Each queue has its own claim, because that is the usual one. */
export class RunningExecutions {
  readonly #store: Store;
  readonly #settings: ExecutionSettings;
  readonly #leases: Leases<ClaimedExecution>;
  readonly #idle: IdleDelay;
  readonly #claiming: Loop;
  readonly #timeouts = new Timeouts();
  readonly #running = new Map<Lease<ClaimedExecution>, Promise<void>>();
  #stopListening: (() => Promise<void>) | null = null;
  #isStopping = false;
  /** Whether the last claims may have left executions for lack of room, so that a handler's end is a reason to claim. */
  #mayHaveMore = false;
  #first = 0;

  constructor(store: Store, settings: ExecutionSettings) {
    this.#store = store;
    this.#settings = settings;
    checkInteger(settings.concurrency, "concurrency", { min: 1, max: 10_000 });
    const onError = (error: unknown): void => settings.onError(error, null);
    const onClosed = (): void => {
      this.#claiming.end();
      this.#leases.end();
      this.#timeouts.stop();
    };
    const { leaseMs, pollMs } = settings;
    const heartbeat = (claims: readonly ClaimedExecution[]) => store.executions.heartbeat(claims, { leaseMs });
    this.#idle = new IdleDelay(pollMs, 2 * recheckMs);
    this.#leases = new Leases({ leaseMs, heartbeat, onError, onClosed });
    this.#claiming = new Loop({ turn: (found) => this.#claim(found), onError, onClosed });
  }

  /** Listens for executions to claim, and for canceled ones. */
  async listen(): Promise<void> {
    const queues = [...this.#settings.handlers.keys()];
    // Hints about a queue's jobs also apply, such as the end of its pause.
    const topics = new Set([wokenTopic, ...queues.flatMap((queue) => [`executions:${queue}`, `jobs:${queue}`])]);
    const onHint = (topic: string | null): void => {
      if (topic === null) return this.#claiming.wake();
      if (topics.has(topic)) this.#claiming.arrived();
      else if (topic.startsWith(canceledTopic(""))) {
        for (const lease of this.#running.keys()) if (canceledTopic(lease.claim.id) === topic) lease.lose();
      }
    };
    this.#stopListening = await this.#store.onHint(onHint, (topic) => {
      if (topics.has(topic)) this.#claiming.expect();
    });
  }

  /**
   * Claims no more, and waits for the handlers. Those that still run after the grace period are aborted, and their executions given back.
   */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    await this.#stopListening?.();
    await this.#claiming.stop();
    await settleWithin(Promise.all(this.#running.values()), graceMs);
    const unfinished = [...this.#running.keys()].filter((lease) => !lease.isLost);
    this.#timeouts.stop();
    this.#leases.abortAll();
    for (const { claim } of unfinished) {
      await this.#reportErrors(claim, this.#store.executions.releaseLease(claim.id, claim.token));
    }
    await this.#leases.stop();
  }

  /** Claims from each queue in turn as many as there are free handlers. Returns when to look again. */
  async #claim(count: (found: number) => void): Promise<number> {
    const { handlers, concurrency, capabilities, leaseMs, pollMs, holder } = this.#settings;
    const queues = [...handlers.keys()];
    let found = 0;
    this.#mayHaveMore = false;
    // Another queue comes first each time, so that none takes all the slots.
    this.#first = (this.#first + 1) % queues.length;
    for (const i of queues.keys()) {
      const queue = queues[(this.#first + i) % queues.length] ?? "";
      const limit = Math.min(concurrency - this.#running.size, claimMax);
      if (limit <= 0 || this.#isStopping) {
        this.#mayHaveMore = true;
        return pollMs;
      }
      const sentAt = performance.now();
      const claim = { queues: [queue], capabilities, limit, leaseMs, holder };
      const executions = await this.#store.executions.claim(claim);
      found += executions.length;
      count(executions.length);
      this.#mayHaveMore ||= executions.length === limit;
      for (const lease of this.#leases.hold(executions, sentAt)) this.#start(lease, queue);
    }
    if (found > 0) this.#idle.found();
    if (this.#mayHaveMore && this.#running.size < concurrency) return 0;
    return found > 0 ? recheckMs : this.#idle.after(await this.#store.jobs.next(queues));
  }

  #start(lease: Lease<ClaimedExecution>, queue: string): void {
    const run = this.#run(lease, queue).finally(() => {
      this.#leases.drop(lease);
      this.#running.delete(lease);
      if (this.#mayHaveMore) this.#claiming.wake();
    });
    this.#running.set(lease, run);
  }

  async #run(lease: Lease<ClaimedExecution>, queue: string): Promise<void> {
    // Not before the execution is among the running ones.
    await Promise.resolve();
    const { claim: execution } = lease;
    const held = new HeldClaim(this.#store, lease, "execution");
    const context = new HeldExecution(held);
    try {
      const output = await this.#handle(lease, queue, context);
      if (held.isSettled || lease.isLost) return;
      await context.end(output === undefined ? { status: "succeeded" } : { status: "succeeded", output });
    } catch (error) {
      this.#settings.onError(error, execution);
      // A lost lease is not renewed while its attempt is failed.
      if (lease.isLost) this.#leases.drop(lease);
      if ((lease.isLost && !lease.isTimedOut) || error instanceof LeaseLostError) return;
      const { id, token } = execution;
      const failing = this.#store.executions.fail({ id, token }, { error });
      // Work that the handler settled in a transaction may have been rolled back with it. Otherwise there is no claim left to fail.
      await this.#reportErrors(
        execution,
        held.isSettled || lease.isTimedOut ? failing.catch(ignoreLostLease) : failing,
      );
    }
  }

  async #handle(lease: Lease<ClaimedExecution>, queue: string, context: ExecutionContext): Promise<unknown> {
    const handling = this.#settings.handlers.get(queue);
    if (!handling) return undefined;
    const { handler, timeoutMs } = handling;
    const handle = (): unknown => {
      const result = handler(lease.claim, context);
      return timeoutMs === null
        ? result
        : this.#timeouts.limit({ leases: [lease], entity: "execution", timeoutMs, result });
    };
    return processing(() => processedExecution(lease.claim, queue), handle);
  }

  /** If this fails, the execution is free when its lease expires. */
  async #reportErrors(execution: ClaimedExecution, call: Promise<unknown>): Promise<void> {
    try {
      await call;
    } catch (error) {
      this.#settings.onError(error, execution);
    }
  }
}

function ignoreLostLease(error: unknown): void {
  if (!(error instanceof LeaseLostError)) throw error;
}
