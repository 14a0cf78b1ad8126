import { checkLeaseMs, leaseMsDefault } from "../claims/claims.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkInteger, invalid } from "../database/input.ts";
import { LeaseLostError } from "../errors.ts";
import type { Store } from "../store.ts";
import type { ClaimedTimer } from "../timers/timers.ts";
import { newHolder } from "./holder.ts";
import { IdleDelay } from "./idle-delay.ts";
import { type Lease, Leases } from "./leases.ts";
import { Loop } from "./loop.ts";
import { checkGraceMs, checkOnError, settleWithin, type StopOptions } from "./options.ts";
import { retaining } from "./retaining.ts";
import { FiringTimer, type TimerContext } from "./timer-context.ts";

/**
 * Does what a timer is for. The timer is acknowledged when it returns; when it throws, the timer fires again when the claim runs
 * out. It may take as long as it needs: the claim is kept alive while it runs.
 */
export type TimerHandler = (timer: ClaimedTimer, context: TimerContext) => Promise<void>;

/** How timers are fired. */
export interface TimerPumpOptions {
  readonly handler: TimerHandler;
  /** How many are handled side by side at most; 100 by default. */
  readonly limit?: number;
  /** After how long a timer fires again whose handler threw or whose process died; 30,000 by default. */
  readonly leaseMs?: number;
  /** How often to look when nothing is due and no notification came; 10,000 by default. */
  readonly pollMs?: number;
  /** Told of what goes wrong outside handlers (the database is away, a claim was lost) and of what handlers throw. */
  readonly onError?: (error: unknown, timer: ClaimedTimer | null) => void;
}

/** A running timer pump. */
export interface TimerPump {
  /**
   * Claims no more and waits for the running handlers; those that still run after `graceMs` (30,000 by default) are aborted and
   * their timers given back.
   */
  stop(options?: StopOptions): Promise<void>;
}

/**
 * Fires due timers: claims them, runs the handler, acknowledges. It sleeps until the next one is due, by the database's clock,
 * and is woken when an earlier one is scheduled. Several may run, in one process or in many. Stop it before its store is closed;
 * on a closed store it ends, and what it had claimed fires again when the leases run out.
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
  limit: true,
  leaseMs: true,
  pollMs: true,
  onError: true,
});

function checkOptions(options: TimerPumpOptions): Required<TimerPumpOptions> {
  if (typeof options.handler !== "function") throw invalid("handler", "must be a function");
  return {
    handler: options.handler,
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
  readonly #retaining: Loop;
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
      this.#retaining.end();
      this.#leases.end();
    };
    const heartbeat = (timers: readonly ClaimedTimer[]) => store.timers.heartbeat(timers, { leaseMs });
    this.#idle = new IdleDelay(pollMs);
    this.#leases = new Leases({ leaseMs, heartbeat, onError, onClosed });
    this.#claiming = new Loop({ turn: () => this.#claim(), onError, onClosed });
    this.#retaining = retaining(store, onError);
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
    await this.#retaining.stop();
    await settleWithin(Promise.all(this.#running.values()), graceMs);
    const late = [...this.#running.keys()].filter((lease) => !lease.isLost);
    this.#leases.abortAll();
    try {
      if (late.length > 0) await this.#store.timers.releaseMany(late.map((lease) => lease.claim));
    } catch (error) {
      // They fire again when their leases run out.
      this.#settings.onError(error, null);
    }
    await this.#leases.stop();
  }

  /** Claims for the free places; answers when to look again. */
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
    // Not before the timer is among the running ones, which a handler that returns at once would leave too early.
    await Promise.resolve();
    const { claim: timer } = lease;
    const { handler, onError } = this.#settings;
    const context = new FiringTimer(this.#store, lease);
    try {
      await handler(timer, context);
      if (!context.isSettled && !lease.isLost) await this.#acknowledge(timer);
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
