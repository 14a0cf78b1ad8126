import { type Durations, toDurations } from "../core/durations.ts";
import { type JobStatus, jobStatusLabels } from "../core/enums.generated.ts";
import { NotFoundError } from "../core/errors.ts";
import { type Fields, fieldsOf, pageNames } from "../core/fields.ts";
import {
  checkId,
  checkInstant,
  checkLimit,
  checkOptionalBoolean,
  checkOptionalId,
  checkOrder,
  type Page,
  pageLimitMax,
  type PageRequest,
  toPage,
} from "../core/input.ts";
import { checkEach, checkSome } from "../core/items.ts";
import { iterate, nameAfter } from "../core/pages.ts";
import { quote } from "../core/quote.ts";
import type { Session } from "../session/session.ts";
import { checkQueues } from "./claim.ts";
import { type Job, type JobDetailsOf, type JobOf, type NextJob, toJob, toJobDetails } from "./job.ts";
import { checkOptionalQueue, checkQueue, type QueueName } from "./queue-definition.ts";
import { getJobs, type GetJobsRow, listJobs, measureEnds, neighborsOfJob, nextJob } from "./statements.generated.ts";

/** Options of a page of jobs. */
export interface JobPageRequest extends PageRequest {
  /** Whether to read payload, result and error; true by default. Otherwise they are undefined. */
  readonly payloads?: boolean | undefined;
}

/** Which jobs to list. Those of a defined queue come with their payloads, of the types that its definition says. */
export interface JobFilter<Q extends QueueName = QueueName> extends JobPageRequest {
  readonly queue?: Q | undefined;
  /** One status, or several. */
  readonly status?: JobStatus | readonly JobStatus[] | undefined;
  readonly executionId?: string | undefined;
}

/** The jobs that a job comes after, and those that come after it. */
export interface JobDependencies {
  /** The ids that its push named as `after`. */
  readonly after: readonly string[];
  /** The ids of the jobs whose pushes named it. */
  readonly before: readonly string[];
}

/** How many neighbors are read. */
export interface JobDependencyOptions {
  /** The most ids of each kind; 100 by default, at most 1,000. */
  readonly limit?: number | undefined;
}

/** Jobs that ended since a time. Of more than 10,000 in one status, the newest count. */
export interface JobEnds {
  /** The time of this answer, by the database's clock: the next `since`. */
  readonly now: Date;
  readonly succeeded: number;
  readonly dead: number;
  readonly canceled: number;
  /** From due to claimed, of the last attempts; null if none was claimed. */
  readonly waitMs: Durations | null;
  /** From claimed to ended, of the last attempts; null if none was claimed. */
  readonly runMs: Durations | null;
}

/** The most jobs in one status that `ends` reads. */
const endsMax = 10_000;

/**
 * What can be asked about jobs. A call that names a queue answers jobs of that queue alone, with the types of its definition. Payloads and
 * results are not checked again.
 */
export interface JobQueries {
  get<Q extends QueueName = string>(id: string, queue?: Q): Promise<JobDetailsOf<Q> | null>;
  /** The jobs of at most 1,000 ids, in the order of the ids; null for each missing one. */
  getMany<Q extends QueueName = string>(
    ids: readonly string[],
    queue?: Q,
  ): Promise<readonly (JobDetailsOf<Q> | null)[]>;
  /** @throws NotFoundError */
  require<Q extends QueueName = string>(id: string, queue?: Q): Promise<JobDetailsOf<Q>>;
  /** Jobs by id. For generated ids, that is the order of pushes. */
  list<Q extends QueueName = string>(filter?: JobFilter<Q>): Promise<Page<JobOf<Q>>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate<Q extends QueueName = string>(filter?: JobFilter<Q>): AsyncGenerator<JobOf<Q>, void, undefined>;
  /** The dead jobs of a queue, by id. */
  deadLetters<Q extends QueueName>(queue: Q, page?: JobPageRequest): Promise<Page<JobOf<Q>>>;
  /** Every item of `deadLetters`, read in pages of `limit`. */
  iterateDeadLetters<Q extends QueueName>(queue: Q, page?: JobPageRequest): AsyncGenerator<JobOf<Q>, void, undefined>;
  /**
   * When the queues next have work: a scheduled job is due, a lease expires, or a rate admits a claim of ready jobs. Null if none of
   * these is to come. Ignores other jobs that are ready now: ask when a claim has found nothing.
   */
  next(queues: readonly QueueName[]): Promise<NextJob | null>;
  /** The jobs next to a job in its graph, by id. Both are empty for an unknown job; removed jobs are left out. */
  dependencies(id: string, options?: JobDependencyOptions): Promise<JobDependencies>;
  /** How many jobs ended since a time, in any process, and how long they took. */
  ends(since: Date): Promise<JobEnds>;
}

const dependencyOptions: Fields<JobDependencyOptions> = fieldsOf<JobDependencyOptions>({ limit: true });

const jobPageNames = { ...pageNames, payloads: true } as const;

const jobPage: Fields<JobPageRequest> = fieldsOf<JobPageRequest>(jobPageNames);

const jobFilter: Fields<JobFilter> = fieldsOf<JobFilter>({
  queue: true,
  status: true,
  executionId: true,
  ...jobPageNames,
});

/** What can be asked about the jobs of a store or of a transaction. */
export function jobQueriesOf(session: Session): JobQueries {
  const { codec } = session;
  /** The job of a row, where there is one of the queue that is asked for. */
  const jobIn = <Q>(row: GetJobsRow | undefined, queue: string | null): JobDetailsOf<Q> | null =>
    row === undefined || (queue !== null && row.queue !== queue) ? null : (toJobDetails(codec, row) as JobDetailsOf<Q>);
  const get = async <Q extends QueueName>(id: string, queue?: Q): Promise<JobDetailsOf<Q> | null> => {
    const name = checkOptionalQueue(queue);
    const [row] = await session.run(getJobs({ ids: [checkId(id, "id")] }));
    return jobIn<Q>(row, name);
  };
  return {
    get,
    getMany: async <Q extends QueueName>(ids: readonly string[], queue?: Q) => {
      const name = checkOptionalQueue(queue);
      const checked = checkEach(ids, "ids", checkId, pageLimitMax);
      const rows = await session.run(getJobs({ ids: checked }));
      const found = new Map(rows.map((row) => [row.id, row]));
      return checked.map((id) => jobIn<Q>(found.get(id), name));
    },
    require: async (id, queue) => {
      const job = await get(id, queue);
      if (job) return job;
      const place = queue === undefined ? "" : ` in queue ${quote(checkQueue(queue))}`;
      throw new NotFoundError(`Job ${id} does not exist${place}: push it first.`, { facts: { entity: "job", id } });
    },
    ...listsOf(session),
    ...surveysOf(session),
    next: async (queues) => {
      const { at, inMs } = await session.run(nextJob({ queues: checkQueues(queues) }));
      return at === null || inMs === null ? null : { at, inMs: Math.max(inMs, 0) };
    },
  };
}

function surveysOf(session: Session): Pick<JobQueries, "dependencies" | "ends"> {
  return {
    dependencies: async (id, options) => {
      const limit = checkLimit(dependencyOptions.readOptional(options, "options").limit);
      const found = await session.run(neighborsOfJob({ id: checkId(id, "id"), limit }));
      const idsOf = (isBefore: boolean): readonly string[] =>
        found.flatMap((each) => (each.isBefore === isBefore ? [each.id] : []));
      return { after: idsOf(true), before: idsOf(false) };
    },
    ends: async (since) => {
      const row = await session.run(measureEnds({ since: checkInstant(since, "since"), limit: endsMax }));
      const { now, succeeded, dead, canceled } = row;
      const waitMs = toDurations(row.waitP50, row.waitP95, row.waitMax);
      return { now, succeeded, dead, canceled, waitMs, runMs: toDurations(row.runP50, row.runP95, row.runMax) };
    },
  };
}

/** A job of a queue whose definition says of what types its payload and its result are. */
function typed<Q>(job: Job): JobOf<Q> {
  return job as JobOf<Q>;
}

function listsOf(session: Session): Pick<JobQueries, "list" | "iterate" | "deadLetters" | "iterateDeadLetters"> {
  const list = async <Q extends QueueName>(filter: JobFilter<Q>): Promise<Page<JobOf<Q>>> => {
    const size = checkLimit(filter.limit);
    const order = checkOrder(filter.order);
    const statuses = checkSome(filter.status, "status", jobStatusLabels);
    const executionId = checkOptionalId(filter.executionId, "executionId");
    const plan = listJobs[order]({
      after: nameAfter(filter.after, order),
      queue: checkOptionalQueue(filter.queue),
      statuses,
      // An execution has few jobs, whatever their statuses.
      tables: executionId === null ? statuses : [],
      executionId,
      withPayloads: checkOptionalBoolean(filter.payloads, "payloads") !== false,
      limit: size + 1,
    });
    return toPage(
      await session.run(plan),
      size,
      (row) => typed<Q>(toJob(session.codec, row)),
      (row) => row.id,
    );
  };
  const listed = async <Q extends QueueName>(filter?: JobFilter<Q>): Promise<Page<JobOf<Q>>> =>
    list(jobFilter.readOptional(filter, "filter") as JobFilter<Q>);
  const deadLetters = async <Q extends QueueName>(queue: Q, page?: JobPageRequest): Promise<Page<JobOf<Q>>> => {
    checkQueue(queue);
    return list({ ...jobPage.readOptional(page, "page"), queue, status: "dead" });
  };
  return {
    list: listed,
    iterate: <Q extends QueueName>(filter: JobFilter<Q> = {}) => iterate(filter, "filter", (each) => listed(each)),
    deadLetters,
    iterateDeadLetters: (queue, page = {}) => iterate(page, "page", (each) => deadLetters(queue, each)),
  };
}
