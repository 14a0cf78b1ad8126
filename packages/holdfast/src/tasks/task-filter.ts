import { type Status, statusLabels, type TaskType, taskTypeLabels } from "../database/enums.generated.ts";
import { checkOptionalId, type PageRequest } from "../database/input.ts";
import { checkSome } from "../database/items.ts";
import { checkOptionalWord } from "./encoded-task.ts";
import type { CountTasksParameters } from "./statements.generated.ts";

/** Which tasks: those that pass every filter that is given. */
export interface TaskFilter {
  readonly executionId?: string | undefined;
  /** The children of a task; null: the tasks without a parent. */
  readonly parentId?: string | null | undefined;
  readonly name?: string | undefined;
  /** In this status, or in one of these. */
  readonly status?: Status | readonly Status[] | undefined;
  readonly type?: TaskType | undefined;
  readonly component?: string | undefined;
  readonly agent?: string | undefined;
  readonly action?: string | undefined;
  readonly tool?: string | undefined;
}

/** Which tasks to list, and how. */
export interface TaskListRequest extends TaskFilter, PageRequest {
  /** Whether input, output and error are read; true by default. Without them they are undefined. */
  readonly payloads?: boolean | undefined;
}

/** The names of what tasks are filtered by. */
export const filterNames = {
  executionId: true,
  parentId: true,
  name: true,
  status: true,
  type: true,
  component: true,
  agent: true,
  action: true,
  tool: true,
} as const;

/** A filter whose names are known, checked, as the statements take it. */
export function encodeFilter(filter: TaskFilter): CountTasksParameters {
  return {
    executionId: checkOptionalId(filter.executionId, "executionId"),
    parentId: filter.parentId === null ? "" : checkOptionalId(filter.parentId, "parentId"),
    name: checkOptionalId(filter.name, "name"),
    statuses: checkSome(filter.status, "status", statusLabels),
    type: checkOptionalWord(filter.type, "type", taskTypeLabels),
    component: checkOptionalId(filter.component, "component"),
    agent: checkOptionalId(filter.agent, "agent"),
    action: checkOptionalId(filter.action, "action"),
    tool: checkOptionalId(filter.tool, "tool"),
  };
}
