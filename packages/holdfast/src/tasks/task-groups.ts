import type { Status } from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkInteger } from "../core/input.ts";
import { combinePlans, mapPlan, type Plan } from "../core/plan.ts";
import type { Session } from "../session/session.ts";
import { groupTasks, type GroupTasksRow, linkTasks } from "./statements.generated.ts";

/** How many groups are read. */
export interface TaskGroupsOptions {
  /** The most groups; 200 by default, at most 10,000. There are at most ten times as many links. */
  readonly limit?: number | undefined;
}

/** The tasks of an execution, in groups. */
export interface TaskGroups {
  /** The largest first. */
  readonly groups: readonly TaskGroup[];
  /** Which groups come after which. A link may name a group that was left out. */
  readonly links: readonly TaskGroupLink[];
  /** The number of tasks in groups that were left out. */
  readonly omitted: number;
}

/** All tasks of one name whose parents have one name. */
export interface TaskGroup {
  /** null for tasks without a parent. */
  readonly parentName: string | null;
  /** null if the group has all names. */
  readonly name: string | null;
  readonly total: number;
  readonly counts: Readonly<Record<Status, number>>;
  /** The id of its only task; null if there are several. */
  readonly id: string | null;
  /** The first start; null if none has started. */
  readonly startedAt: Date | null;
  /** The last end; null while one has not ended. */
  readonly finishedAt: Date | null;
}

/** That some tasks of one group come after some of another. */
export interface TaskGroupLink {
  readonly from: { readonly parentName: string | null; readonly name: string | null };
  readonly to: { readonly parentName: string | null; readonly name: string | null };
  /** How many pairs of tasks do. */
  readonly count: number;
}

const groupsOptions: Fields<TaskGroupsOptions> = fieldsOf<TaskGroupsOptions>({ limit: true });

/** Groups the tasks of an execution. */
export async function groupsOf(
  session: Session,
  executionId: string,
  options: TaskGroupsOptions | undefined,
): Promise<TaskGroups> {
  const given = groupsOptions.readOptional(options, "options");
  const limit = checkInteger(given.limit ?? 200, "limit", { min: 1, max: 10_000 });
  const id = checkId(executionId, "executionId");
  const byName = await session.run(readGroups({ executionId: id, byParent: false, limit }));
  return byName.omitted === 0 ? byName : session.run(readGroups({ executionId: id, byParent: true, limit }));
}

function readGroups(input: {
  readonly executionId: string;
  readonly byParent: boolean;
  readonly limit: number;
}): Plan<TaskGroups> {
  return mapPlan(
    combinePlans([groupTasks(input), linkTasks({ ...input, limit: input.limit * 10 })]),
    ([rows, links]) => ({
      groups: rows.map(toGroup),
      links: links.map(({ fromParent, fromName, toParent, toName, count }) => ({
        from: { parentName: fromParent, name: fromName },
        to: { parentName: toParent, name: toName },
        count,
      })),
      omitted: (rows[0]?.tasks ?? 0) - rows.reduce((sum, { total }) => sum + total, 0),
    }),
  );
}

function toGroup(row: GroupTasksRow): TaskGroup {
  const { parentName, name, total, id, startedAt, finishedAt, timedOut, groups: _, tasks: __, ...counts } = row;
  return { parentName, name, total, id, startedAt, finishedAt, counts: { ...counts, timed_out: timedOut } };
}
