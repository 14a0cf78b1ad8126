import { type Status, statusLabels } from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkLimit, pageLimitMax } from "../core/input.ts";
import { checkEach, checkSome } from "../core/items.ts";
import { mapPlan } from "../core/plan.ts";
import type { Session } from "../session/session.ts";
import { countChildren, pagesOfTasks } from "./statements.generated.ts";
import { type TaskGroups, type TaskGroupsOptions, groupsOf } from "./task-groups.ts";
import { type TaskTimeline, type TaskTimelineOptions, timelineOf } from "./task-timeline.ts";

export type { TaskGroup, TaskGroupLink, TaskGroups, TaskGroupsOptions } from "./task-groups.ts";
export type { TaskTimeline, TaskTimelineOptions, TaskTimelinePart } from "./task-timeline.ts";

/** Which pages to find: those of a level of an execution's tree. */
export interface TaskPagesRequest {
  readonly executionId: string;
  /** The children of this task; null, the default, means the tasks without a parent. */
  readonly parentId?: string | null | undefined;
  /** One status, or several. */
  readonly status?: Status | readonly Status[] | undefined;
  /** The size of the pages; 100 by default, at most 1,000. */
  readonly limit?: number | undefined;
}

/** Where the pages of a list begin. */
export interface TaskPages {
  /** The number of tasks on all pages. */
  readonly total: number;
  /** The `after` of the second page and of each later one, for `list` with the same filter and `limit`. */
  readonly cursors: readonly string[];
}

/** Reads that show executions with any number of tasks, for consoles. */
export interface TaskOverviews {
  /** The children of each of at most 1,000 tasks by status, all attempts included, in the order of the ids. */
  childCounts(parentIds: readonly string[]): Promise<readonly Readonly<Record<Status, number>>[]>;
  /** The cursors of all pages of a level of a tree, so that any of them can be read at once. Takes time proportional to the level. */
  pages(request: TaskPagesRequest): Promise<TaskPages>;
  /**
   * When the tasks of an execution ran: counts in equal parts of a window, and the tasks that ran in it. Takes time proportional to the
   * tasks of the execution. null if none has started.
   */
  timeline(executionId: string, options?: TaskTimelineOptions): Promise<TaskTimeline | null>;
  /**
   * The tasks of an execution, grouped by name and by the name of their parent, and which groups come after which. Tasks follow each
   * other if jobs with their ids do. With more groups than `limit`, all children of one name of parent are one group.
   */
  groups(executionId: string, options?: TaskGroupsOptions): Promise<TaskGroups>;
}

const pagesRequest: Fields<TaskPagesRequest> = fieldsOf<TaskPagesRequest>({
  executionId: true,
  parentId: true,
  status: true,
  limit: true,
});

/** The overviews of a store's or a transaction's `tasks`. */
export function overviewsOf(session: Session): TaskOverviews {
  return {
    childCounts: async (parentIds) => {
      const ids = checkEach(parentIds, "parentIds", checkId, pageLimitMax);
      const counts = ids.map(noTasks);
      for (const { place, status, count } of await session.run(countChildren({ parentIds: ids }))) {
        const found = counts[place - 1];
        if (found !== undefined) found[status] = count;
      }
      return counts;
    },
    pages: async (request) => {
      const given = pagesRequest.read(request, "request");
      const plan = pagesOfTasks({
        executionId: checkId(given.executionId, "executionId"),
        parentId: given.parentId === undefined || given.parentId === null ? "" : checkId(given.parentId, "parentId"),
        statuses: checkSome(given.status, "status", statusLabels),
        size: checkLimit(given.limit),
      });
      return session.run(
        mapPlan(plan, (rows) => ({
          total: rows.reduce((sum, { count }) => sum + count, 0),
          cursors: rows.slice(0, -1).map(({ last }) => String(last)),
        })),
      );
    },
    timeline: (executionId, options) => timelineOf(session, executionId, options),
    groups: (executionId, options) => groupsOf(session, executionId, options),
  };
}

function noTasks(): Record<Status, number> {
  return { pending: 0, running: 0, waiting: 0, paused: 0, succeeded: 0, failed: 0, timed_out: 0, canceled: 0 };
}
