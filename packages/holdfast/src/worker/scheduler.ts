import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkInteger } from "../database/input.ts";
import type { Store } from "../store.ts";
import { IdleDelay } from "./idle-delay.ts";
import { Loop } from "./loop.ts";
import { checkOnError } from "./options.ts";
import { retaining } from "./retaining.ts";

/** How schedules are run. */
export interface SchedulerOptions {
  /** How many schedules are dealt with at once at most, 1 to 500; 100 by default. */
  readonly limit?: number;
  /** How often to look when no tick is due and no notification came; 10,000 by default. */
  readonly pollMs?: number;
  /** Told of what goes wrong, and of the schedule whose ticks cannot be told, if it is one schedule's fault. */
  readonly onError?: (error: unknown, scheduleId: string | null) => void;
}

/** A running scheduler. */
export interface Scheduler {
  /** Pushes no more, and waits for what is under way. */
  stop(): Promise<void>;
}

/**
 * Pushes the jobs of schedules when their ticks come. It sleeps until the next tick, by the database's clock, and is woken when a
 * schedule is made or changed. Run it in as many processes as should survive each other: each tick gets one job all the same.
 * Stop it before its store is closed; on a closed store it ends.
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
  const retention = retaining(store, report);
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
