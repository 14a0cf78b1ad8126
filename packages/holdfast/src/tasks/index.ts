export type {
  ChildInput,
  Progress,
  PropagatedTask,
  Task,
  TaskFilter,
  TaskInput,
  TaskListRequest,
  Tasks,
  TaskStatusChange,
  TaskSummary,
} from "./tasks.ts";
export type { Strategy, TaskType } from "../core/enums.generated.ts";
export type {
  TaskGroup,
  TaskGroupLink,
  TaskGroups,
  TaskGroupsOptions,
  TaskOverviews,
  TaskPages,
  TaskPagesRequest,
  TaskTimeline,
  TaskTimelineOptions,
  TaskTimelinePart,
} from "./overviews.ts";
export type { TaskTree, TaskTreeNode, TaskTreeRequest } from "./task-tree.ts";
