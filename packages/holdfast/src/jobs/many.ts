import { emitCanceled } from "../claims/events.ts";
import { hintCanceledJobs, hintQueues } from "../claims/hints.ts";
import type { JobStatus } from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import {
  batchItemsMax,
  checkInteger,
  checkOptionalBoolean,
  checkOptionalId,
  checkOptionalInstant,
  checkOptionalKey,
  invalid,
} from "../core/input.ts";
import { checkSome } from "../core/items.ts";
import type { Plan } from "../core/plan.ts";
import type { Session } from "../session/session.ts";
import { anyJob, cancelPlan, type Changed, openStatuses, retriedStatuses, retryPlan } from "./control.ts";
import { checkPlace, type Portion, selectPortion } from "./portions.ts";
import { checkOptionalQueue, type QueueName } from "./queue-definition.ts";

/** Selects jobs to cancel or to retry; all conditions must hold. A queue or an execution is required. */
export interface JobSelection {
  readonly queue?: QueueName | undefined;
  readonly group?: string | undefined;
  readonly executionId?: string | undefined;
  /** One status, or several; by default, all that can be canceled or retried. */
  readonly status?: JobStatus | readonly JobStatus[] | undefined;
  readonly pushedBefore?: Date | undefined;
  /** The `next` of the previous call, to continue after it. */
  readonly after?: string | undefined;
  /** The most jobs of one call; 1,000 by default, at most 10,000. */
  readonly limit?: number | undefined;
  /** Changes nothing, and counts the jobs that the call would try to change. */
  readonly dryRun?: boolean | undefined;
}

/** How many jobs a call changed, and where to continue; `next` is null if nothing is left. */
export interface ManyChanged {
  readonly changed: number;
  readonly next: string | null;
}

/** Changes many jobs, a bounded number per call. Pass `after` to continue. Ready jobs come last, in the order of claims. */
export interface ManyJobs {
  /** Cancels the selected jobs, each as `cancel` does. A job that leaves its status meanwhile is left alone. */
  cancelAll(selection: JobSelection): Promise<ManyChanged>;
  /**
   * Retries the selected jobs, each as `retry` does. Jobs whose unique key another job has stay as they are. Of several with one key, the
   * last is retried.
   */
  retryAll(selection: JobSelection): Promise<ManyChanged>;
}

type PlanChange = (ids: readonly string[], statuses: readonly JobStatus[]) => Plan<readonly Changed[]>;

/** Notifies workers and listeners of the changes. */
type Notify = (session: Session, ids: readonly string[], outcomes: readonly Changed[]) => void;

const wokenQueues = (outcomes: readonly Changed[]): readonly string[] => outcomes.flatMap(({ woken }) => woken);

const notifyRetried: Notify = (session, _ids, outcomes) => hintQueues(session, wokenQueues(outcomes));

const notifyCanceled: Notify = (session, ids, outcomes) => {
  hintCanceledJobs(session, wokenQueues(outcomes));
  emitCanceled(
    session,
    ids,
    outcomes.map(({ changed }) => changed),
  );
};

/** `cancelAll` and `retryAll` of a store or of a transaction. */
export function manyJobsOf(session: Session): ManyJobs {
  const changing =
    (possible: readonly JobStatus[], planOf: PlanChange, notify: Notify) =>
    async (selection: JobSelection): Promise<ManyChanged> => {
      const { dryRun, ...filter } = checkSelection(selection, possible);
      const { statuses } = filter;
      const { ids, next } = await selectPortion(session, filter);
      if (ids.length === 0) return { changed: 0, next: null };
      if (dryRun) return { changed: ids.length, next };
      const outcomes = await session.run(planOf(ids, statuses));
      notify(session, ids, outcomes);
      return { changed: outcomes.filter((each) => each.changed).length, next };
    };
  return {
    cancelAll: changing(openStatuses, (ids, statuses) => cancelPlan(ids.map(anyJob), statuses), notifyCanceled),
    retryAll: changing(
      retriedStatuses,
      (ids, statuses) => retryPlan({ ids, statuses, skipsTakenKeys: true }),
      notifyRetried,
    ),
  };
}

const selectionFields: Fields<JobSelection> = fieldsOf<JobSelection>({
  queue: true,
  group: true,
  executionId: true,
  status: true,
  pushedBefore: true,
  after: true,
  limit: true,
  dryRun: true,
});

interface CheckedSelection extends Omit<Portion, "limit"> {
  readonly limit: number;
  readonly dryRun: boolean;
}

function checkSelection(selection: JobSelection, possible: readonly JobStatus[]): CheckedSelection {
  const given = selectionFields.read(selection, "selection");
  const { queue, group, executionId, pushedBefore, limit = 1000 } = given;
  if (queue === undefined && executionId === undefined) {
    throw invalid("selection", "names neither a queue nor an executionId: name one, lest all jobs be changed");
  }
  const statuses = checkSome(given.status ?? possible, "status", possible);
  return {
    queue: checkOptionalQueue(queue),
    group: checkOptionalKey(group, "group"),
    executionId: checkOptionalId(executionId, "executionId"),
    statuses,
    pushedBefore: checkOptionalInstant(pushedBefore, "pushedBefore"),
    after: checkPlace(given.after),
    limit: checkInteger(limit, "limit", { min: 1, max: batchItemsMax }),
    dryRun: checkOptionalBoolean(given.dryRun, "dryRun") === true,
  };
}
