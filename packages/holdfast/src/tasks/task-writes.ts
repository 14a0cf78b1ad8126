import type { JsonText } from "../core/codec.ts";
import type { Status } from "../core/enums.generated.ts";
import { combinePlans, inOrderOf, loneOf, mapPlan, type Plan } from "../core/plan.ts";
import { decodeUsage, type Usage } from "../core/usage.ts";
import type { Write } from "../core/write.ts";
import type { EncodedChild, EncodedTask } from "./encoded-task.ts";
import {
  addTasks,
  addUsage,
  createChildren,
  type CreateChildrenParameters,
  lockParent,
  lockTasks,
  parentsOfTasks,
  propagateTasks as propagate,
  type PropagateTasksRow,
  saveTask as saveOne,
  saveTasks as saveMany,
  setStatuses,
} from "./statements.generated.ts";
import { type TaskSummary, toSummary } from "./task.ts";

/** The write of tasks, also used by transitions. Parents may come in the same batch as their children. */
export const saveTasks: Write<EncodedTask, TaskSummary> = {
  name: "tasks.save",
  keys: (row) => [`task\0${row.id}`],
  plan: (rows) => {
    const only = loneOf(rows);
    if (!only) return manyPlan(rows, []);
    return mapPlan(saveOne({ expected: only.expectedVersion, ...only }), (saved) => [toSummary(saved)]);
  },
  lock: (rows) => lockTasks({ ids: rows.map((row) => row.id) }),
};

function manyPlan(rows: readonly EncodedTask[], otherIds: readonly string[]): Plan<readonly TaskSummary[]> {
  const columns = {
    executionIds: rows.map((row) => row.executionId),
    parentIds: rows.map((row) => row.parentId),
    ...columnsOf(rows),
  };
  const plan =
    otherIds.length === 0 && rows.every(isNew)
      ? addTasks({ haveParents: rows.some(({ parentId }) => (parentId ?? "") !== ""), ...columns })
      : saveMany({ expected: rows.map((row) => row.expectedVersion), otherIds, ...columns });
  return mapPlan(plan, (saved) => inOrderOf(rows, saved.map(toSummary), idOf));
}

/** Whether a task is certainly not stored yet. */
function isNew({ hasOwnId, expectedVersion }: EncodedTask): boolean {
  return !hasOwnId && (expectedVersion ?? 0) === 0;
}

function idOf({ id }: { readonly id: string }): string {
  return id;
}

/** A task's new status, checked and encoded. */
export interface EncodedStatus {
  readonly id: string;
  readonly status: Status;
  readonly output: JsonText | null;
  readonly error: JsonText | null;
  /** Added to the counters. */
  readonly usage: JsonText | null;
  readonly expectedVersion: number | null;
  /** The execution that the task must belong to, if one is given. */
  readonly executionId: string | null;
}

/** The write of new statuses of existing tasks. */
export const setTaskStatuses: Write<EncodedStatus, TaskSummary> = {
  name: "tasks.setStatus",
  keys: (row) => [`task\0${row.id}`],
  plan: (rows) => {
    const plan = setStatuses({
      ids: rows.map((row) => row.id),
      statuses: rows.map((row) => row.status),
      outputs: rows.map((row) => row.output),
      errors: rows.map((row) => row.error),
      usages: rows.map((row) => row.usage),
      expected: rows.map((row) => row.expectedVersion),
      executionIds: rows.map((row) => row.executionId),
    });
    return mapPlan(plan, (written) => written.map(toSummary));
  },
};

/** Additions to the counters of one task, checked and encoded. */
export interface EncodedTaskUsage {
  readonly id: string;
  readonly usage: JsonText;
}

/** The write of counters. Additions to one task can share a batch, because the statement sums them first. */
export const addTaskUsage: Write<EncodedTaskUsage, Usage> = {
  name: "tasks.addUsage",
  keys: () => [],
  plan: (rows) => {
    const plan = addUsage({ ids: rows.map((row) => row.id), usages: rows.map((row) => row.usage) });
    return mapPlan(plan, (changed) => changed.map((row) => decodeUsage(row.usage)));
  },
};

/** A write of tasks that also locks those whose statuses the same plan changes, all in one order. */
export function saveTasksBeside(changed: readonly EncodedStatus[]): Pick<typeof saveTasks, "plan"> {
  if (changed.length === 0) return saveTasks;
  const otherIds = changed.map(idOf);
  return { plan: (rows) => manyPlan(rows, otherIds) };
}

/** A task whose status changed because its children's did. */
export interface PropagatedTask {
  readonly id: string;
  readonly parentId: string | null;
  readonly status: Status;
  readonly version: number;
}

/**
 * Propagates statuses upwards. Each input is the id of a task to start from. Each outcome is the tasks that changed on the way to its
 * root, or null if the task does not exist. Inputs with common ancestors share the work.
 */
export const propagateTasks: Write<string, readonly PropagatedTask[] | null> = {
  name: "tasks.propagate",
  // Inputs never conflict: their common work is done once.
  keys: () => [],
  order: (start) => `task\0${start}`,
  locks: () => ["tasks", "ancestors"],
  plan: (starts) => {
    const ids = [...new Set(starts)];
    return mapPlan(combinePlans([propagate({ starts: ids }), parentsOfTasks({ ids })]), ([changed, parents]) => {
      const changes = new Map(changed.map((row) => [row.id, row]));
      const parentOf = new Map(parents.map((row) => [row.id, row.parentId]));
      return starts.map((start) =>
        parentOf.has(start) ? changedAncestors(start, changes, parentOf.get(start) ?? null) : null,
      );
    });
  },
};

function changedAncestors(
  start: string,
  changes: ReadonlyMap<string, PropagateTasksRow>,
  parentId: string | null,
): readonly PropagatedTask[] {
  const own = changes.get(start);
  // A set, which ends the climb if damaged data has a cycle.
  const path = new Set(own ? [own] : []);
  let next = changes.get(parentId ?? "");
  while (next && !path.has(next)) {
    path.add(next);
    next = changes.get(next.parentId ?? "");
  }
  return [...path];
}

/** Creates tasks under one parent, in its execution, or fails as a whole. */
export function createChildrenOf(parentId: string): Write<EncodedChild, TaskSummary> {
  return {
    name: "tasks.createChildren",
    keys: (row) => [`task\0${row.id}`],
    plan: (rows) => {
      const plans = combinePlans([lockParent({ parentId }), createChildren({ ...columnsOf(rows), parentId })]);
      return mapPlan(plans, ([, created]) => created.map(toSummary));
    },
  };
}

function columnsOf(rows: readonly EncodedChild[]): Omit<CreateChildrenParameters, "parentId"> {
  return {
    ids: rows.map((row) => row.id),
    names: rows.map((row) => row.name),
    types: rows.map((row) => row.type),
    statuses: rows.map((row) => row.status),
    strategies: rows.map((row) => row.strategy),
    attempts: rows.map((row) => row.attempt),
    components: rows.map((row) => row.component),
    agents: rows.map((row) => row.agent),
    actions: rows.map((row) => row.action),
    tools: rows.map((row) => row.tool),
    inputs: rows.map((row) => row.input),
    outputs: rows.map((row) => row.output),
    errors: rows.map((row) => row.error),
  };
}
