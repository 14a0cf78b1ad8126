import { hintQueues } from "../claims/hints.ts";
import { type Fields, fieldsOf, pageNames } from "../core/fields.ts";
import { checkInteger, checkLimit, checkOrder, invalid, type Page, type PageRequest, toPage } from "../core/input.ts";
import { iterate, nameAfter } from "../core/pages.ts";
import { combinePlans } from "../core/plan.ts";
import { checkOptionalQueue, checkQueue, type QueueName } from "../jobs/jobs.ts";
import type { Session } from "../session/session.ts";
import type { JobCounts, Queue, QueueSettings } from "./queue.ts";
import { encodeSettings } from "./settings.ts";
import {
  configureQueue,
  countJobs,
  type CountJobsRow,
  getPause,
  listQueues,
  type ListQueuesRow,
  pauseQueues,
  regroupQueue,
  resumeQueues,
} from "./statements.generated.ts";

export type { JobCounts, Queue, QueueSettings, Rate } from "./queue.ts";

/** Limits the count of a queue's jobs. */
export interface QueueCountOptions {
  /**
   * The most jobs counted per status, so that a long queue answers as fast as a short one. 10,000 by default, at most 10^6, and times the
   * `limit` of a page at most 10^7.
   */
  readonly countUpTo?: number | undefined;
}

/** Queues of jobs, and of executions that wait to be claimed: their settings and contents. */
export interface Queues {
  /**
   * Sets limits and the order of a queue, for all processes and across restarts. They apply to claims that begin afterwards; running jobs
   * continue.
   */
  configure(queue: QueueName, settings: QueueSettings): Promise<void>;
  /** Stops every process from claiming from the queue until it is resumed, also across restarts. Running jobs continue. */
  pause(queue: QueueName): Promise<void>;
  /** Ends the pause. Returns false if there was none. */
  resume(queue: QueueName): Promise<boolean>;
  /** A queue by its name. Without jobs, its counts are 0. */
  get(queue: QueueName, options?: QueueCountOptions): Promise<Queue>;
  /** The queues that have jobs or settings, by name. */
  list(page?: PageRequest & QueueCountOptions): Promise<Page<Queue>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(page?: PageRequest & QueueCountOptions): AsyncGenerator<Queue, void, undefined>;
  /**
   * Counts jobs by status, of one queue or of all, without a limit. So it takes time proportional to the unfinished jobs. Every status is
   * present, even at 0.
   */
  counts(queue?: QueueName): Promise<JobCounts>;
  /** Whether a queue is paused, without the counts that `get` reads. */
  isPaused(queue: QueueName): Promise<boolean>;
}

/** The `queues` of a store or of a transaction. */
export function queuesOf(session: Session): Queues {
  const list = async (page: PageRequest & QueueCountOptions = {}): Promise<Page<Queue>> => {
    const { after, limit, countUpTo, ...asked } = listRequest.read(page, "page");
    const size = checkLimit(limit);
    const order = checkOrder(asked.order);
    const plan = listQueues[order]({
      after: nameAfter(after, order),
      name: null,
      limit: size + 1,
      countUpTo: checkCountUpTo(countUpTo, size),
    });
    return toPage(await session.run(plan), size, toQueue, (row) => row.name);
  };
  return {
    ...changing(session),
    get: async (queue, options = {}) => {
      const given = countOptions.read(options, "options");
      const countUpTo = checkCountUpTo(given.countUpTo);
      const plan = listQueues.asc({ after: "", name: checkQueue(queue), limit: 1, countUpTo });
      const [row] = await session.run(plan);
      if (row === undefined) throw new TypeError("A queue that is named has a row.");
      return toQueue(row);
    },
    list,
    iterate: (page = {}) => iterate(page, "page", list),
    counts: async (queue) => toCounts(await session.run(countJobs({ queue: checkOptionalQueue(queue) }))),
    isPaused: async (queue) => (await session.run(getPause({ queue: checkQueue(queue) }))) !== null,
  };
}

function changing(session: Session): Pick<Queues, "configure" | "pause" | "resume"> {
  return {
    configure: async (queue, settings) => {
      const name = checkQueue(queue);
      const encoded = encodeSettings(settings);
      const plans = [configureQueue({ queue: name, ...encoded })];
      await session.run(
        combinePlans(encoded.setsConcurrencyPerGroup ? [...plans, regroupQueue({ queue: name })] : plans),
      );
      // Jobs that a former limit held back may be claimable now.
      hintQueues(session, [name]);
    },
    pause: async (queue) => session.run(pauseQueues({ queues: [checkQueue(queue)] })),
    resume: async (queue) => {
      const name = checkQueue(queue);
      const [row] = await session.run(resumeQueues({ queues: [name] }));
      if (row?.resumed === true) hintQueues(session, [name]);
      return row?.resumed === true;
    },
  };
}

function toQueue(row: ListQueuesRow): Queue {
  const {
    name,
    pausedAt,
    concurrency,
    concurrencyPerGroup,
    rateLimit,
    ratePeriodMs,
    agingMs,
    timeoutMs,
    oldestReadyAt,
  } = row;
  return {
    name,
    pausedAt,
    concurrency,
    concurrencyPerGroup,
    rate: rateLimit === null || ratePeriodMs === null ? null : { limit: rateLimit, periodMs: ratePeriodMs },
    agingMs,
    timeoutMs,
    counts: {
      blocked: row.blocked,
      scheduled: row.scheduled,
      ready: row.ready,
      running: row.running,
      succeeded: row.succeeded,
      dead: row.dead,
      canceled: row.canceled,
    },
    oldestReadyAt,
  };
}

function toCounts(rows: readonly CountJobsRow[]): JobCounts {
  const counts = { blocked: 0, scheduled: 0, ready: 0, running: 0, succeeded: 0, dead: 0, canceled: 0 };
  for (const { status, count } of rows) counts[status] = count;
  return counts;
}

const listRequest: Fields<PageRequest & QueueCountOptions> = fieldsOf<PageRequest & QueueCountOptions>({
  ...pageNames,
  countUpTo: true,
});

const countOptions: Fields<QueueCountOptions> = fieldsOf<QueueCountOptions>({ countUpTo: true });

/** The most jobs of a status that one page counts, which takes seconds. */
const countedMax = 10_000_000;

function checkCountUpTo(countUpTo = 10_000, queues = 1): number {
  checkInteger(countUpTo, "countUpTo", { min: 1, max: 1_000_000 });
  if (countUpTo * queues <= countedMax) return countUpTo;
  const product = `times the page's limit of ${queues} is above ${countedMax}`;
  throw invalid("countUpTo", `${product}: ask for smaller pages, or count up to less`);
}
