import { type Status, statusLabels, type TaskType, taskTypeLabels } from "../core/enums.generated.ts";
import { checkOptionalId, checkOptionalInstant, checkOptionalKey, type PageRequest } from "../core/input.ts";
import { checkSome } from "../core/items.ts";
import { checkOptionalWord } from "./encoded-task.ts";
import type { CountTasksParameters } from "./statements.generated.ts";

/** Selects tasks that pass every given filter. */
export interface TaskFilter {
  readonly executionId?: string | undefined;
  /** The parent; null selects tasks without one. */
  readonly parentId?: string | null | undefined;
  readonly name?: string | undefined;
  /** One status, or several. */
  readonly status?: Status | readonly Status[] | undefined;
  readonly type?: TaskType | undefined;
  readonly component?: string | undefined;
  readonly agent?: string | undefined;
  readonly action?: string | undefined;
  readonly tool?: string | undefined;
  /** Written at this time or later. Has no index: give an execution too. */
  readonly updatedAfter?: Date | undefined;
}

/** Options of a list of tasks. */
export interface TaskListRequest extends TaskFilter, PageRequest {
  /** Whether to read input, output and error; true by default. Otherwise they are undefined. */
  readonly payloads?: boolean | undefined;
}

/** The fields of a filter. */
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
  updatedAfter: true,
} as const;

/** Checks a filter whose names are known, for the statements. */
export function encodeFilter(filter: TaskFilter): CountTasksParameters {
  return {
    executionId: checkOptionalId(filter.executionId, "executionId"),
    parentId: filter.parentId === null ? "" : checkOptionalId(filter.parentId, "parentId"),
    name: checkOptionalKey(filter.name, "name"),
    statuses: checkSome(filter.status, "status", statusLabels),
    type: checkOptionalWord(filter.type, "type", taskTypeLabels),
    component: checkOptionalKey(filter.component, "component"),
    agent: checkOptionalKey(filter.agent, "agent"),
    action: checkOptionalKey(filter.action, "action"),
    tool: checkOptionalKey(filter.tool, "tool"),
    updatedAfter: checkOptionalInstant(filter.updatedAfter, "updatedAfter"),
  };
}
