import {
  checkId,
  checkInteger,
  checkLimit,
  checkObject,
  checkText,
  type Page,
  type PageRequest,
  toPage,
} from "../database/input.ts";
import type { Session } from "../database/session.ts";
import type { JobCounts } from "./read.ts";
import { listQueues, type ListQueuesRow, pauseQueues, resumeQueues } from "./statements.generated.ts";

/** A queue as a console shows it. */
export interface Queue {
  readonly name: string;
  /** null while it is not paused. */
  readonly pausedAt: Date | null;
  /** How many jobs are in each state, up to `countUpTo`, where counting stops. */
  readonly counts: JobCounts;
  /** The earliest `runAt` among the ready jobs that were counted. */
  readonly oldestReadyAt: Date | null;
}

/** Up to where the jobs of a queue are counted. */
export interface QueueCountOptions {
  /** The most jobs of a state that are counted, so that a long queue is shown as fast as a short one; 10,000 by default, at most 10^6. */
  readonly countUpTo?: number | undefined;
}

/** What can be asked and said about whole queues. */
export interface Queues {
  /** The queues that have jobs, or for which something is set, by name. */
  queues(page?: PageRequest & QueueCountOptions): Promise<Page<Queue>>;
  /** A queue by its name; one without jobs has no counts but 0. */
  getQueue(queue: string, options?: QueueCountOptions): Promise<Queue>;
  /** Keeps every process from claiming from the queue until it is resumed, also across restarts. Running jobs go on. */
  pause(queue: string): Promise<void>;
  /** Ends the pause. False where there was none. */
  resume(queue: string): Promise<boolean>;
}

/** The queues of a store or of a transaction; `told` hears of those in which there may be something to claim. */
export function queuesOf(session: Session, told: (woken: readonly string[]) => void): Queues {
  return {
    queues: async (page = {}) => {
      checkObject(page, "page");
      const { after = "", limit, countUpTo } = page;
      const size = checkLimit(limit);
      const plan = listQueues({
        after: checkText(after, "after"),
        name: null,
        limit: size + 1,
        countUpTo: checkCountUpTo(countUpTo),
      });
      return toPage(await session.run(plan), size, toQueue, (row) => row.name);
    },
    getQueue: async (queue, options = {}) => {
      checkObject(options, "options");
      const countUpTo = checkCountUpTo(options.countUpTo);
      const plan = listQueues({ after: "", name: checkId(queue, "queue"), limit: 1, countUpTo });
      const [row] = await session.run(plan);
      if (row === undefined) throw new TypeError("A queue that is named has a row.");
      return toQueue(row);
    },
    pause: async (queue) => session.run(pauseQueues({ queues: [checkId(queue, "queue")] })),
    resume: async (queue) => {
      const [row] = await session.run(resumeQueues({ queues: [checkId(queue, "queue")] }));
      if (row?.resumed === true) told([queue]);
      return row?.resumed === true;
    },
  };
}

function toQueue(row: ListQueuesRow): Queue {
  const { name, pausedAt, oldestReadyAt } = row;
  return {
    name,
    pausedAt,
    counts: {
      blocked: Number(row.blocked),
      scheduled: Number(row.scheduled),
      ready: Number(row.ready),
      running: Number(row.running),
      succeeded: Number(row.succeeded),
      dead: Number(row.dead),
      canceled: Number(row.canceled),
    },
    oldestReadyAt,
  };
}

function checkCountUpTo(countUpTo = 10_000): number {
  return checkInteger(countUpTo, "countUpTo", { min: 1, max: 1_000_000 });
}
