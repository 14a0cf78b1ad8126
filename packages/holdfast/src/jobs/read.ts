import { type JobStatus, jobStatusLabels } from "../database/enums.generated.ts";
import { type Fields, fieldsOf, pageRequest } from "../database/fields.ts";
import {
  checkId,
  checkLimit,
  checkOneOf,
  checkOptionalId,
  checkText,
  type Page,
  type PageRequest,
  pageLimitMax,
  toPage,
} from "../database/input.ts";
import { checkEach } from "../database/items.ts";
import { iterate } from "../database/iterate.ts";
import { mapPlan } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import { NotFoundError } from "../errors.ts";
import { checkQueues } from "./claim.ts";
import { type Job, type NextJob, toJob } from "./job.ts";
import { getJob, getJobs, listJobs, nextJob } from "./statements.generated.ts";

/** Which jobs to list. */
export interface JobFilter extends PageRequest {
  readonly queue?: string | undefined;
  readonly status?: JobStatus | undefined;
  readonly executionId?: string | undefined;
}

/** What can be asked about jobs. */
export interface JobQueries {
  get(id: string): Promise<Job | null>;
  /** The jobs of at most 1,000 ids, in the order of the ids; null for each that does not exist. */
  getMany(ids: readonly string[]): Promise<readonly (Job | null)[]>;
  /** @throws NotFoundError */
  require(id: string): Promise<Job>;
  /** By id, which for ids that were not given by callers is the order in which they were pushed. */
  list(filter?: JobFilter): Promise<Page<Job>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(filter?: JobFilter): AsyncGenerator<Job, void, undefined>;
  /** The dead jobs of a queue, by id. */
  deadLetters(queue: string, page?: PageRequest): Promise<Page<Job>>;
  /** Every item of `deadLetters`, read in pages of `limit`. */
  iterateDeadLetters(queue: string, page?: PageRequest): AsyncGenerator<Job, void, undefined>;
  /**
   * When the next scheduled job of the queues is due, a lease in them runs out, or the rate of one that has ready jobs lets the
   * next be claimed; null when nothing is to come. Jobs that are ready now are not looked at else: ask when a claim has found
   * nothing.
   */
  next(queues: readonly string[]): Promise<NextJob | null>;
}

const jobFilter: Fields<JobFilter> = fieldsOf<JobFilter>({
  queue: true,
  status: true,
  executionId: true,
  after: true,
  limit: true,
});

/** What can be asked about the jobs of a store or of a transaction. */
export function jobQueriesOf(session: Session): JobQueries {
  const { codec } = session;
  const get = async (id: string): Promise<Job | null> =>
    session.run(mapPlan(getJob({ id: checkId(id, "id") }), (row) => row && toJob(codec, row)));
  const list = async (filter?: JobFilter): Promise<Page<Job>> => {
    const { queue, status, executionId, after = "", limit } = jobFilter.readOptional(filter, "filter");
    const size = checkLimit(limit);
    const plan = listJobs({
      after: checkText(after, "after"),
      queue: checkOptionalId(queue, "queue"),
      status: status === undefined ? null : checkOneOf(status, "status", jobStatusLabels),
      executionId: checkOptionalId(executionId, "executionId"),
      limit: size + 1,
    });
    return toPage(
      await session.run(plan),
      size,
      (row) => toJob(codec, row),
      (row) => row.id,
    );
  };
  const deadLetters = async (queue: string, page?: PageRequest): Promise<Page<Job>> =>
    list({ ...pageRequest.readOptional(page, "page"), queue: checkId(queue, "queue"), status: "dead" });
  return {
    get,
    getMany: async (ids) => {
      const checked = checkEach(ids, "ids", checkId, pageLimitMax);
      const rows = await session.run(getJobs({ ids: checked }));
      const found = new Map(rows.map((row) => [row.id, row]));
      return checked.map((id) => {
        const row = found.get(id);
        return row === undefined ? null : toJob(codec, row);
      });
    },
    require: async (id) => {
      const job = await get(id);
      if (job) return job;
      throw new NotFoundError(`Job ${id} does not exist: push it first.`, { facts: { entity: "job", id } });
    },
    list,
    iterate: (filter = {}) => iterate(filter, "filter", list),
    deadLetters,
    iterateDeadLetters: (queue, page = {}) => iterate(page, "page", (each) => deadLetters(queue, each)),
    next: async (queues) => {
      const { at, inMs } = await session.run(nextJob({ queues: checkQueues(queues) }));
      return at === null || inMs === null ? null : { at, inMs: Math.max(inMs, 0) };
    },
  };
}
