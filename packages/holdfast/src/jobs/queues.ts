import { type Fields, fieldsOf } from "../database/fields.ts";
import {
  checkId,
  checkInteger,
  checkLimit,
  checkText,
  invalid,
  type Page,
  type PageRequest,
  toPage,
} from "../database/input.ts";
import { iterate } from "../database/iterate.ts";
import { combinePlans } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import type { JobCounts } from "./read.ts";
import {
  configureQueue,
  type ConfigureQueueParameters,
  listQueues,
  type ListQueuesRow,
  pauseQueues,
  regroupQueue,
  resumeQueues,
} from "./statements.generated.ts";

/** How many jobs of a queue are claimed in a period. */
export interface Rate {
  readonly limit: number;
  readonly periodMs: number;
}

/** What is set for a queue: what is left out stays as it is, null takes it away. */
export interface QueueSettings {
  /** How many of its jobs run at once, over all processes. */
  readonly concurrency?: number | null | undefined;
  /** How many jobs of one group run at once, over all processes; jobs without a group are not counted. */
  readonly concurrencyPerGroup?: number | null | undefined;
  /**
   * How many jobs are claimed in a period, over all processes: so many at once, when none was claimed for a period, and then each as its
   * part of the period has passed.
   */
  readonly rate?: Rate | null | undefined;
  /**
   * How long a job must have waited to come before a new one whose priority is lower by one. Holds for jobs that are pushed from then on;
   * groups are not served in turn then.
   */
  readonly agingMs?: number | null | undefined;
}

/** A queue as a console shows it. */
export interface Queue {
  readonly name: string;
  /** null while it is not paused. */
  readonly pausedAt: Date | null;
  readonly concurrency: number | null;
  readonly concurrencyPerGroup: number | null;
  readonly rate: Rate | null;
  readonly agingMs: number | null;
  /** How many jobs are in each status, up to `countUpTo`, where counting stops. */
  readonly counts: JobCounts;
  /** The earliest `runAt` among the ready jobs that were counted. */
  readonly oldestReadyAt: Date | null;
}

/** Up to where the jobs of a queue are counted. */
export interface QueueCountOptions {
  /**
   * The most jobs of a status that are counted, so that a long queue is shown as fast as a short one; 10,000 by default, at most
   * 10^6, and times the `limit` of a page at most 10^7.
   */
  readonly countUpTo?: number | undefined;
}

/** What can be asked and said about whole queues. */
export interface Queues {
  /** The queues that have jobs, or for which something is set, by name. */
  queues(page?: PageRequest & QueueCountOptions): Promise<Page<Queue>>;
  /** Every item of `queues`, read in pages of `limit`. */
  iterateQueues(page?: PageRequest & QueueCountOptions): AsyncGenerator<Queue, void, undefined>;
  /** A queue by its name; one without jobs has no counts but 0. */
  getQueue(queue: string, options?: QueueCountOptions): Promise<Queue>;
  /**
   * Sets limits and the order of a queue, for all processes and across restarts. They hold for claims that begin afterwards: what runs
   * already goes on.
   */
  configureQueue(queue: string, settings: QueueSettings): Promise<void>;
  /** Keeps every process from claiming from the queue until it is resumed, also across restarts. Running jobs go on. */
  pause(queue: string): Promise<void>;
  /** Ends the pause. False where there was none. */
  resume(queue: string): Promise<boolean>;
}

/** The queues of a store or of a transaction; `told` hears of those in which there may be something to claim. */
export function queuesOf(session: Session, told: (woken: readonly string[]) => void): Queues {
  const queues = async (page: PageRequest & QueueCountOptions = {}): Promise<Page<Queue>> => {
    const { after = "", limit, countUpTo } = queuesRequest.read(page, "page");
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
    queues,
    iterateQueues: (page = {}) => iterate(page, "page", queues),
    getQueue: async (queue, options = {}) => {
      const given = countOptions.read(options, "options");
      const countUpTo = checkCountUpTo(given.countUpTo);
      const plan = listQueues({ after: "", name: checkId(queue, "queue"), limit: 1, countUpTo });
      const [row] = await session.run(plan);
      if (row === undefined) throw new TypeError("A queue that is named has a row.");
      return toQueue(row);
    },
    configureQueue: async (queue, settings) => {
      const name = checkId(queue, "queue");
      const encoded = encodeSettings(settings);
      const plans = [configureQueue({ queue: name, ...encoded })];
      await session.run(
        combinePlans(encoded.setsConcurrencyPerGroup ? [...plans, regroupQueue({ queue: name })] : plans),
      );
      // What was held back by a former limit may be claimed now.
      told([name]);
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

const jobsMax = { min: 1, max: 2 ** 31 - 1 };
const rateLimitMax = { min: 1, max: 1_000_000 };
const rateMsMax = { min: 1, max: 366 * 24 * 3_600_000 };
/** So that a priority times it can be written. */
const agingMsMax = { min: 1, max: 2 ** 31 - 1 };

const queuesRequest: Fields<PageRequest & QueueCountOptions> = fieldsOf<PageRequest & QueueCountOptions>({
  after: true,
  limit: true,
  countUpTo: true,
});

const countOptions: Fields<QueueCountOptions> = fieldsOf<QueueCountOptions>({ countUpTo: true });

const settingFields: Fields<QueueSettings> = fieldsOf<QueueSettings, Queue>({
  concurrency: true,
  concurrencyPerGroup: true,
  rate: true,
  agingMs: true,
  name: false,
  pausedAt: false,
  counts: false,
  oldestReadyAt: false,
});

const rateFields: Fields<Rate> = fieldsOf<Rate>({ limit: true, periodMs: true });

function encodeSettings(settings: QueueSettings): Omit<ConfigureQueueParameters, "queue"> {
  const { concurrency, concurrencyPerGroup, rate: givenRate, agingMs } = settingFields.read(settings, "settings");
  const rate = givenRate === undefined || givenRate === null ? givenRate : rateFields.readInner(givenRate, "rate");
  return {
    setsConcurrency: concurrency !== undefined,
    concurrency: checkSetting(concurrency, "concurrency", jobsMax),
    setsConcurrencyPerGroup: concurrencyPerGroup !== undefined,
    concurrencyPerGroup: checkSetting(concurrencyPerGroup, "concurrencyPerGroup", jobsMax),
    setsRate: rate !== undefined,
    rateLimit: rate ? checkInteger(rate.limit, "rate.limit", rateLimitMax) : null,
    ratePeriodMs: rate ? checkInteger(rate.periodMs, "rate.periodMs", rateMsMax) : null,
    setsAging: agingMs !== undefined,
    agingMs: checkSetting(agingMs, "agingMs", agingMsMax),
  };
}

function checkSetting(
  value: number | null | undefined,
  field: string,
  bounds: { readonly min: number; readonly max: number },
): number | null {
  return value === undefined || value === null ? null : checkInteger(value, field, bounds);
}

/** The most jobs of a status that one page counts, which takes seconds. */
const countedMax = 10_000_000;

function checkCountUpTo(countUpTo = 10_000, queues = 1): number {
  checkInteger(countUpTo, "countUpTo", { min: 1, max: 1_000_000 });
  if (countUpTo * queues <= countedMax) return countUpTo;
  const product = `times the page's limit of ${queues} is above ${countedMax}`;
  throw invalid("countUpTo", `${product}: ask for smaller pages, or count up to less`);
}
