export { startWorker, type Worker, type WorkerOptions } from "./worker.ts";
export type { BatchContext, BatchHandler } from "./batch-context.ts";
export type { Settling, WithinTransaction } from "./context.ts";
export type { ExecutionContext, ExecutionStep, Leaving } from "./execution-context.ts";
export type { ExecutionHandler } from "./executions.ts";
export {
  type BatchHandlerOptions,
  handle,
  type HandlerFor,
  type HandlerOptions,
  type HandlerSettings,
  type JobSettings,
  type JobHandlerOptions,
  type JobHandlers,
  type NamedHandlers,
  type QueueHandler,
} from "./handlers.ts";
export type { JobHooks } from "./hooks.ts";
export type { JobContext, JobFailure, JobHandler, JobRelease, ResultArguments } from "./job-context.ts";
export type { StopOptions } from "./options.ts";
export { type Scheduler, type SchedulerOptions, startScheduler } from "./scheduler.ts";
export type { TimerContext } from "./timer-context.ts";
export { startTimerPump, type TimerHandler, type TimerPump, type TimerPumpOptions } from "./timers.ts";
export type { EndedClaim, StoreEventName, StoreEvents, StoreListener } from "../session/events.ts";
