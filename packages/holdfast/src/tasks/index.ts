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
  TaskTree,
  TaskTreeNode,
  TaskTreeRequest,
} from "./tasks.ts";
export type { Strategy, TaskType } from "../core/enums.generated.ts";
