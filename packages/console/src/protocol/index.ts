export type { ActionName, ActionOutcome, Actions, JobSelection, QueueSettings } from "./actions.ts";
export {
  type ErrorAnswer,
  type ErrorCode,
  type JobCounts,
  type JobStatus,
  jobStatuses,
  type Moment,
  type Page,
  type Payload,
  type Status,
  type StatusCounts,
  statuses,
  type Strategy,
  type Usage,
} from "./basics.ts";
export type { BlobRow, DefinitionDetail, DefinitionRow, KvRow, SnapshotDetail, SnapshotRow } from "./data.ts";
export type {
  ChildRow,
  ComponentRow,
  ExecutionCounts,
  ExecutionDetail,
  ExecutionFilter,
  ExecutionRow,
  HistoryRow,
  PayloadVersion,
  Progress,
} from "./executions.ts";
export type { Graph, GraphEdge, GraphNode } from "./graph.ts";
export type { JobDetail, JobFailureRow, JobFilter, JobLogRow, JobRow, QueueRow } from "./jobs.ts";
export type { ExecutionChange, LiveEvents, Topic } from "./live.ts";
export type { ExecutionPace, JobPace, Overview, Quantiles, Sample } from "./overview.ts";
export {
  actionPath,
  type AnswerOf,
  livePath,
  metricsPath,
  type PageParameters,
  type ParametersOf,
  requestHeader,
  type RoutePath,
  type Routes,
  signInPath,
  signOutPath,
} from "./routes.ts";
export type { ConsoleFacts, Session, SignIn } from "./session.ts";
export type { SystemCheck, SystemReport } from "./system.ts";
export type { TaskDetail, TaskRow, TaskType } from "./tasks.ts";
export type { EventRow, ScheduleDetail, ScheduleRow, TimerRow, UpcomingTick, WaitRow } from "./time.ts";
