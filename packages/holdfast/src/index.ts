// The names that a program needs first. The subpaths have everything else, such as `holdfast/jobs`, and most of this too: see
// docs/imports.md.
export { openStore, type Store, type StoreOptions } from "./store.ts";
export type { Transaction } from "./transaction.ts";
export type { ConnectionOptions } from "./postgres/connection/connection-options.ts";
export { newId } from "./core/new-id.ts";

// The types of what a store carries.
export { defineComponent } from "./components/components.ts";
export { defineWorkflow } from "./definitions/definitions.ts";
export { defineQueue } from "./jobs/jobs.ts";
export { defineKv } from "./kv/kv.ts";

// Workers of jobs, executions, timers and schedules.
export { handle } from "./worker/handlers.ts";
export { startWorker, type Worker, type WorkerOptions } from "./worker/worker.ts";
export type { JobContext, JobHandler } from "./worker/job-context.ts";
export type { ExecutionContext } from "./worker/execution-context.ts";
export type { ExecutionHandler } from "./worker/executions.ts";
export { startTimerPump, type TimerHandler } from "./worker/timers.ts";
export { startScheduler } from "./worker/scheduler.ts";

// The main record of each noun.
export type { BlobInfo } from "./blobs/blobs.ts";
export type { ComponentState } from "./components/components.ts";
export type { Wait } from "./correlations/correlations.ts";
export type { Definition } from "./definitions/definitions.ts";
export type { ClaimedExecution, Execution } from "./executions/executions.ts";
export type { HistoryEntry } from "./history/history.ts";
export type { ClaimedJob, Job } from "./jobs/jobs.ts";
export type { KvEntry } from "./kv/kv.ts";
export type { Queue } from "./queues/queues.ts";
export type { Schedule } from "./schedules/schedules.ts";
export type { Checkpoint } from "./checkpoints/checkpoints.ts";
export type { Snapshot } from "./snapshots/snapshots.ts";
export type { Task } from "./tasks/tasks.ts";
export type { Timer } from "./timers/timers.ts";
export type { Status } from "./core/enums.generated.ts";
export type { Page } from "./core/input.ts";

// Errors.
export {
  ConflictError,
  CorruptError,
  DuplicateError,
  HoldfastError,
  InvalidInputError,
  LeaseLostError,
  NotFoundError,
  NotReadyError,
  SchemaError,
  TimedOutError,
  UnavailableError,
} from "./core/errors.ts";
