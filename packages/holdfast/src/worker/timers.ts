import { checkLeaseMs, checkTimeoutMs, leaseMsDefault } from "../claims/claims.ts";
import { LeaseLostError } from "../core/errors.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger, invalid } from "../core/input.ts";
import type { Store } from "../store.ts";
import { processing } from "../telemetry/messaging.ts";
import type { ClaimedTimer } from "../timers/timers.ts";
import { HeldClaim } from "./held-claim.ts";
import { IdleDelay } from "./idle-delay.ts";
import { type Lease, Leases, newHolder } from "./leases.ts";
import { Loop } from "./loop.ts";
import { checkGraceMs, checkOnError, settleWithin, type StopOptions } from "./options.ts";
import { processedTimer } from "./processed.ts";
import { retentionLoop } from "./retention-loop.ts";
import { Timeouts } from "./timeouts.ts";
import { FiringTimer, type TimerContext } from "./timer-context.ts";

/**
 * Handles a timer. The timer is acknowledged when it returns. If it throws, the timer fires again when the claim expires. It may take as
 * long as it needs: its claim is renewed while it runs.
 */
export type TimerHandler = (timer: ClaimedTimer, context: TimerContext) => unknown;

/** Options of a timer pump. */
export interface TimerPumpOptions {
  readonly handler: TimerHandler;
  /**
   * The time limit of a call in milliseconds. After it the call is aborted, its slot is free, and its timer fires again as if it had
   * thrown.
   */
  readonly timeoutMs?: number | undefined;
  /** The most handlers at once; 100 by default. */
  readonly limit?: number;
  /** How soon a timer fires again if its handler threw or its process died; 30,000 by default. */
  readonly leaseMs?: number;
  /** The longest pause between polls if nothing is due and no notification comes; 10,000 by default. */
  readonly pollMs?: number;
  /** Receives errors outside handlers (a database outage, a lost claim) and errors of handlers. */
  readonly onError?: (error: unknown, timer: ClaimedTimer | null) => void;
}

/** A running timer pump. */
export interface TimerPump {
  /**
   * Claims no more and waits for the running handlers. Those that still run after `graceMs` (30,000 by default) are aborted and their
   * timers given back.
   */
  stop(options?: StopOptions): Promise<void>;
}

/**
 * Fires due timers: claims them, runs the handler, acknowledges. It sleeps until the next one is due, by the database's clock, and wakes
 * when an earlier one is scheduled. Several may run, in one process or in many. Stop it before its store is closed. On a closed store it
 * ends, and its claimed timers fire again when their leases expire.
 *
 * @throws InvalidInputError
 */
export async function startTimerPump(store: Store, options: TimerPumpOptions): Promise<TimerPump> {
  const pump = new RunningPump(store, checkOptions(optionFields.read(options, "options")));
  await pump.listen();
  return pump;
}

const optionFields: Fields<TimerPumpOptions> = fieldsOf<TimerPumpOptions>({
  handler: true,
  timeoutMs: true,
  limit: true,
  leaseMs: true,
  pollMs: true,
  onError: true,
});

function checkOptions(options: TimerPumpOptions): Required<TimerPumpOptions> {
  if (typeof options.handler !== "function") throw invalid("handler", "must be a function");
  return {
    handler: options.handler,
    timeoutMs: options.timeoutMs === undefined ? undefined : checkTimeoutMs(options.timeoutMs),
    limit: checkInteger(options.limit ?? 100, "limit", { min: 1, max: 1000 }),
    leaseMs: checkLeaseMs(options.leaseMs ?? leaseMsDefault),
    pollMs: checkInteger(options.pollMs ?? 10_000, "pollMs", { min: 10, max: 3_600_000 }),
    onError: checkOnError(options.onError, "timer pump"),
  };
}

class RunningPump implements TimerPump {
  readonly #store: Store;
  readonly #settings: Required<TimerPumpOptions>;
  readonly #holder = newHolder();
  readonly #idle: IdleDelay;
  readonly #leases: Leases<ClaimedTimer>;
  readonly #running = new Map<Lease<ClaimedTimer>, Promise<void>>();
  readonly #claiming: Loop;
  readonly #timeouts = new Timeouts();
  readonly #retention: Loop;
  #isFull = false;
  #stopListening: (() => Promise<void>) | null = null;
  #stopping: Promise<void> | null = null;

  constructor(store: Store, settings: Required<TimerPumpOptions>) {
    this.#store = store;
    this.#settings = settings;
    const { leaseMs, pollMs } = settings;
    const onError = (error: unknown): void => settings.onError(error, null);
    const onClosed = (): void => {
      this.#claiming.end();
      this.#retention.end();
      this.#leases.end();
      this.#timeouts.stop();
    };
    const heartbeat = (timers: readonly ClaimedTimer[]) => store.timers.heartbeat(timers, { leaseMs });
    this.#idle = new IdleDelay(pollMs);
    this.#leases = new Leases({ leaseMs, heartbeat, onError, onClosed });
    this.#claiming = new Loop({ turn: () => this.#claim(), onError, onClosed });
    this.#retention = retentionLoop(store, onError);
  }

  async listen(): Promise<void> {
    this.#stopListening = await this.#store.onHint((topic) => {
      if (topic === null || topic === "timers") this.#claiming.wake();
    });
  }

  async stop(options?: StopOptions): Promise<void> {
    const graceMs = checkGraceMs(options);
    await (this.#stopping ??= this.#stop(graceMs));
  }

  async #stop(graceMs: number): Promise<void> {
    await this.#stopListening?.();
    await this.#claiming.stop();
    await this.#retention.stop();
    await settleWithin(Promise.all(this.#running.values()), graceMs);
    const unfinished = [...this.#running.keys()].filter((lease) => !lease.isLost);
    this.#timeouts.stop();
    this.#leases.abortAll();
    try {
      if (unfinished.length > 0) await this.#store.timers.releaseMany(unfinished.map((lease) => lease.claim));
    } catch (error) {
      // They fire again when their leases expire.
      this.#settings.onError(error, null);
    }
    await this.#leases.stop();
  }

  /** Claims for the free slots. Returns when to look again. */
  async #claim(): Promise<number> {
    const { limit, leaseMs, pollMs } = this.#settings;
    const room = limit - this.#running.size;
    this.#isFull = room <= 0;
    if (this.#isFull) return pollMs;
    const sentAt = performance.now();
    const due = await this.#store.timers.claim({ limit: room, leaseMs, holder: this.#holder });
    for (const lease of this.#leases.hold(due, sentAt)) this.#running.set(lease, this.#fire(lease));
    if (due.length > 0) this.#idle.found();
    if (due.length === room) return 0;
    return this.#idle.after(await this.#store.timers.next());
  }

  async #fire(lease: Lease<ClaimedTimer>): Promise<void> {
    // Not before the timer is among the running ones; a handler that returns at once would leave them too early.
    await Promise.resolve();
    const { claim: timer } = lease;
    const { handler, timeoutMs, onError } = this.#settings;
    const held = new HeldClaim(this.#store, lease, "timer");
    try {
      const handle = (): unknown => {
        const result = handler(timer, new FiringTimer(held));
        return timeoutMs === undefined
          ? result
          : this.#timeouts.limit({ leases: [lease], entity: "timer", timeoutMs, result });
      };
      await processing(() => processedTimer(timer), handle);
      if (!held.isSettled && !lease.isLost) await this.#acknowledge(timer);
    } catch (error) {
      onError(error, timer);
    } finally {
      this.#leases.drop(lease);
      this.#running.delete(lease);
      if (this.#isFull) this.#claiming.wake();
    }
  }

  async #acknowledge(timer: ClaimedTimer): Promise<void> {
    const outcome = await this.#store.timers.acknowledge(timer);
    if (outcome.ok) return;
    const { id } = timer;
    const message = `The claim of timer ${id} was lost before it was acknowledged: it fires again.`;
    this.#settings.onError(new LeaseLostError(message, { facts: { entity: "timer", id } }), timer);
  }
}
