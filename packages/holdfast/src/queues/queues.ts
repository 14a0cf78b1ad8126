import { hintQueues } from "../claims/hints.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import {
  checkId,
  checkInteger,
  checkLimit,
  checkOptionalId,
  checkText,
  invalid,
  type Page,
  type PageRequest,
  toPage,
} from "../database/input.ts";
import { iterate } from "../database/iterate.ts";
import { combinePlans } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
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

/** Up to where the jobs of a queue are counted. */
export interface QueueCountOptions {
  /**
   * The most jobs of a status that are counted, so that a long queue is shown as fast as a short one; 10,000 by default, at most
   * 10^6, and times the `limit` of a page at most 10^7.
   */
  readonly countUpTo?: number | undefined;
}

/** Queues of jobs, and of executions that wait to be claimed: what is set for them, and what is in them. */
export interface Queues {
  /**
   * Sets limits and the order of a queue, for all processes and across restarts. They hold for claims that begin afterwards: what runs
   * already goes on.
   */
  configure(queue: string, settings: QueueSettings): Promise<void>;
  /** Keeps every process from claiming from the queue until it is resumed, also across restarts. What runs goes on. */
  pause(queue: string): Promise<void>;
  /** Ends the pause. False where there was none. */
  resume(queue: string): Promise<boolean>;
  /** A queue by its name; one without jobs has no counts but 0. */
  get(queue: string, options?: QueueCountOptions): Promise<Queue>;
  /** The queues that have jobs, or for which something is set, by name. */
  list(page?: PageRequest & QueueCountOptions): Promise<Page<Queue>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(page?: PageRequest & QueueCountOptions): AsyncGenerator<Queue, void, undefined>;
  /**
   * How many jobs are in each status, of a queue, or of all: without an end to counting, so in time in proportion to the jobs that have not
   * ended. Every status is there, also at 0.
   */
  counts(queue?: string): Promise<JobCounts>;
  /** Whether a queue is paused, without the counts that `get` reads. */
  isPaused(queue: string): Promise<boolean>;
}

/** The `queues` of a store or of a transaction. */
export function queuesOf(session: Session): Queues {
  const list = async (page: PageRequest & QueueCountOptions = {}): Promise<Page<Queue>> => {
    const { after = "", limit, countUpTo } = listRequest.read(page, "page");
    const size = checkLimit(limit);
    const plan = listQueues({
      after: checkText(after, "after"),
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
      const plan = listQueues({ after: "", name: checkId(queue, "queue"), limit: 1, countUpTo });
      const [row] = await session.run(plan);
      if (row === undefined) throw new TypeError("A queue that is named has a row.");
      return toQueue(row);
    },
    list,
    iterate: (page = {}) => iterate(page, "page", list),
    counts: async (queue) => toCounts(await session.run(countJobs({ queue: checkOptionalId(queue, "queue") }))),
    isPaused: async (queue) => (await session.run(getPause({ queue: checkId(queue, "queue") }))) !== null,
  };
}

function changing(session: Session): Pick<Queues, "configure" | "pause" | "resume"> {
  return {
    configure: async (queue, settings) => {
      const name = checkId(queue, "queue");
      const encoded = encodeSettings(settings);
      const plans = [configureQueue({ queue: name, ...encoded })];
      await session.run(
        combinePlans(encoded.setsConcurrencyPerGroup ? [...plans, regroupQueue({ queue: name })] : plans),
      );
      // What was held back by a former limit may be claimed now.
      hintQueues(session, [name]);
    },
    pause: async (queue) => session.run(pauseQueues({ queues: [checkId(queue, "queue")] })),
    resume: async (queue) => {
      const [row] = await session.run(resumeQueues({ queues: [checkId(queue, "queue")] }));
      if (row?.resumed === true) hintQueues(session, [queue]);
      return row?.resumed === true;
    },
  };
}

function toQueue(row: ListQueuesRow): Queue {
  const { name, pausedAt, concurrency, concurrencyPerGroup, rateLimit, ratePeriodMs, agingMs, oldestReadyAt } = row;
  return {
    name,
    pausedAt,
    concurrency,
    concurrencyPerGroup,
    rate: rateLimit === null || ratePeriodMs === null ? null : { limit: rateLimit, periodMs: ratePeriodMs },
    agingMs,
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
  after: true,
  limit: true,
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
