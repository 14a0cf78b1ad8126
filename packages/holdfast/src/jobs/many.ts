import { hintCanceledJobs, hintQueues } from "../claims/hints.ts";
import type { JobStatus } from "../database/enums.generated.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import {
  batchItemsMax,
  checkInteger,
  checkOneOf,
  checkOptionalId,
  checkOptionalInstant,
  checkText,
  invalid,
} from "../database/input.ts";
import { checkEach } from "../database/items.ts";
import type { Plan } from "../database/plan.ts";
import type { Session } from "../database/session.ts";
import { cancelPlan, type Changed, openStatuses, retriedStatuses, retryPlan } from "./control.ts";
import { selectJobs } from "./statements.generated.ts";

/** Which jobs to cancel or to retry: those for which all of it holds. A queue or an execution must be named. */
export interface JobSelection {
  readonly queue?: string | undefined;
  readonly group?: string | undefined;
  readonly executionId?: string | undefined;
  /** All that can be canceled, or retried, where it is left out. */
  readonly statuses?: readonly JobStatus[] | undefined;
  readonly pushedBefore?: Date | undefined;
  /** The `next` of a former call, to go on after it. */
  readonly after?: string | undefined;
  /** At most so many jobs a call; 1,000 by default, at most 10,000. */
  readonly limit?: number | undefined;
}

/** How many jobs a call has changed, and where the next call goes on; null where nothing is left. */
export interface ManyChanged {
  readonly changed: number;
  readonly next: string | null;
}

/** What is done to many jobs at once: bounded a call, and gone on with by `after`. */
export interface ManyJobs {
  /** Cancels the jobs of a selection, each as `cancel` does; one that leaves its status meanwhile is left alone. */
  cancelAll(selection: JobSelection): Promise<ManyChanged>;
  /**
   * Retries the jobs of a selection, each as `retry` does, but for those whose unique key another job has: they stay as they are. Of
   * several with one key the last is retried.
   */
  retryAll(selection: JobSelection): Promise<ManyChanged>;
}

type Act = (ids: readonly string[], statuses: readonly JobStatus[]) => Plan<readonly Changed[]>;

/** `cancelAll` and `retryAll` of a store or of a transaction. */
export function manyJobsOf(session: Session): ManyJobs {
  const changing =
    (possible: readonly JobStatus[], act: Act, hint: typeof hintQueues) =>
    async (selection: JobSelection): Promise<ManyChanged> => {
      const { statuses, ...filter } = checkSelection(selection, possible);
      const found = await session.run(selectJobs({ ...filter, statuses }));
      const ids = found.map((job) => job.id);
      const last = ids.at(-1);
      if (last === undefined) return { changed: 0, next: null };
      const outcomes = await session.run(act(ids, statuses));
      hint(
        session,
        outcomes.flatMap((each) => each.woken),
      );
      return {
        changed: outcomes.filter((each) => each.changed).length,
        next: ids.length < filter.limit ? null : last,
      };
    };
  return {
    cancelAll: changing(openStatuses, cancelPlan, hintCanceledJobs),
    retryAll: changing(retriedStatuses, (ids, statuses) => retryPlan({ ids, statuses, leavesTaken: true }), hintQueues),
  };
}

const selectionFields: Fields<JobSelection> = fieldsOf<JobSelection>({
  queue: true,
  group: true,
  executionId: true,
  statuses: true,
  pushedBefore: true,
  after: true,
  limit: true,
});

function checkSelection(
  selection: JobSelection,
  possible: readonly JobStatus[],
): Parameters<typeof selectJobs>[0] & { readonly limit: number } {
  const given = selectionFields.read(selection, "selection");
  const { queue, group, executionId, pushedBefore, after = "", limit = 1000 } = given;
  if (queue === undefined && executionId === undefined) {
    throw invalid("selection", "names neither a queue nor an executionId: name one, lest all jobs be changed");
  }
  const statuses = checkEach(given.statuses ?? possible, "statuses", (status, place) =>
    checkOneOf(status, place, possible),
  );
  if (statuses.length === 0) throw invalid("statuses", "is empty: name at least one status");
  return {
    queue: checkOptionalId(queue, "queue"),
    group: checkOptionalId(group, "group"),
    executionId: checkOptionalId(executionId, "executionId"),
    statuses,
    pushedBefore: checkOptionalInstant(pushedBefore, "pushedBefore"),
    after: checkText(after, "after"),
    limit: checkInteger(limit, "limit", { min: 1, max: batchItemsMax }),
  };
}
