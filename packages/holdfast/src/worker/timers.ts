import { hostname } from "node:os";
import { v7 } from "uuid";
import { checkLeaseMs } from "../claims/claims.ts";
import { checkInteger } from "../database/input.ts";
import type { Store } from "../store.ts";
import type { ClaimedTimer } from "../timers/timers.ts";
import { Loop } from "./loop.ts";

/**
 * Does what a timer is for. The timer is acknowledged when it returns; when it throws, the timer fires again when the claim runs
 * out. `acknowledged` says that the handler has acknowledged it itself, in a transaction of its own.
 */
export type TimerHandler = (timer: ClaimedTimer, context: { acknowledged(): void }) => Promise<void>;

/** How timers are fired. */
export interface TimerPumpOptions {
  readonly handler: TimerHandler;
  /** How many are claimed at once, and handled side by side; 100 by default. */
  readonly limit?: number;
  /** How long a handler may take before its timer fires again; 30,000 by default. */
  readonly leaseMs?: number;
  /** How often to look when nothing is due and no notification came; 10,000 by default. */
  readonly pollMs?: number;
  readonly onError?: (error: unknown, timer: ClaimedTimer | null) => void;
}

/** A running timer pump. */
export interface TimerPump {
  /** Claims no more and waits for the running handlers. */
  stop(): Promise<void>;
}

/**
 * Fires due timers: claims them, runs the handler, acknowledges. It sleeps until the next one is due, by the database's clock,
 * and is woken when an earlier one is scheduled. Several may run, in one process or in many.
 *
 * @throws InvalidInputError
 */
export async function startTimerPump(store: Store, options: TimerPumpOptions): Promise<TimerPump> {
  const { handler, onError = () => undefined } = options;
  const limit = checkInteger(options.limit ?? 100, "limit", { min: 1, max: 1000 });
  const leaseMs = checkLeaseMs(options.leaseMs ?? 30_000);
  const pollMs = checkInteger(options.pollMs ?? 10_000, "pollMs", { min: 10, max: 3_600_000 });
  const holder = `${hostname()}:${process.pid}:${v7()}`;

  const fire = async (timer: ClaimedTimer): Promise<void> => {
    try {
      let isAcknowledged = false;
      await handler(timer, {
        acknowledged: () => {
          isAcknowledged = true;
        },
      });
      if (isAcknowledged) return;
      const outcome = await store.timers.acknowledge(timer);
      if (!outcome.ok) onError(new Error(`The claim of timer ${timer.id} was lost before it was acknowledged`), timer);
    } catch (error) {
      onError(error, timer);
    }
  };
  const turn = async (): Promise<number> => {
    const due = await store.timers.claim({ limit, leaseMs, holder });
    await Promise.all(due.map(fire));
    if (due.length > 0) return 0;
    const next = await store.timers.next();
    return next === null ? pollMs : Math.min(pollMs, Math.max(next.inMs, 1));
  };

  const loop = new Loop({ turn, onError: (error) => onError(error, null) });
  const stopListening = await store.onHint((topic) => {
    if (topic === null || topic === "timers") loop.wake();
  });
  return {
    stop: async () => {
      await stopListening();
      await loop.stop();
    },
  };
}
