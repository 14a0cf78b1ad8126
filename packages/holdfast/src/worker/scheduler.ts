import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger } from "../core/input.ts";
import type { Store } from "../store.ts";
import { IdleDelay } from "./idle-delay.ts";
import { Loop } from "./loop.ts";
import { checkOnError } from "./options.ts";
import { retentionLoop } from "./retention-loop.ts";

/** Options of a scheduler. */
export interface SchedulerOptions {
  /** The most schedules handled at once, 1 to 500; 100 by default. */
  readonly limit?: number;
  /** The longest pause between polls if no tick is due and no notification comes; 10,000 by default. */
  readonly pollMs?: number;
  /** Receives errors, and the schedule whose ticks cannot be computed, if a single schedule is at fault. */
  readonly onError?: (error: unknown, scheduleId: string | null) => void;
}

/** A running scheduler. */
export interface Scheduler {
  /** Pushes no more, and waits for pushes in flight. */
  stop(): Promise<void>;
}

/**
 * Pushes the jobs of schedules when their ticks come. It sleeps until the next tick, by the database's clock, and wakes when a schedule
 * is created or changed. Run it in several processes for availability: each tick still gets one job. Stop it before its store is closed;
 * on a closed store it ends.
 *
 * @throws InvalidInputError
 */
export async function startScheduler(store: Store, options: SchedulerOptions = {}): Promise<Scheduler> {
  const { limit, pollMs, onError } = checkOptions(optionFields.read(options, "options"));
  const idle = new IdleDelay(pollMs);
  const turn = async (): Promise<number> => {
    const { schedules, failures } = await store.schedules.pushDue({ limit });
    for (const { id, error } of failures) onError(error, id);
    if (schedules === 0) return idle.after(await store.schedules.next());
    idle.found();
    return 0;
  };
  const report = (error: unknown): void => onError(error, null);
  const retention = retentionLoop(store, report);
  const loop = new Loop({ turn, onError: report, onClosed: () => retention.end() });
  const stopListening = await store.onHint((topic) => {
    if (topic === null || topic === "schedules") loop.wake();
  });
  return {
    stop: async () => {
      await stopListening();
      await loop.stop();
      await retention.stop();
    },
  };
}

const optionFields: Fields<SchedulerOptions> = fieldsOf<SchedulerOptions>({ limit: true, pollMs: true, onError: true });

function checkOptions(options: SchedulerOptions): Required<SchedulerOptions> {
  return {
    limit: checkInteger(options.limit ?? 100, "limit", { min: 1, max: 500 }),
    pollMs: checkInteger(options.pollMs ?? 10_000, "pollMs", { min: 10, max: 3_600_000 }),
    onError: checkOnError(options.onError, "scheduler"),
  };
}
