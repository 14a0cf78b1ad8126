export { type Claim, type Fenced } from "./claims/claims.ts";
export type { Components, ComponentState, ComponentStateInput } from "./components/components.ts";
export { type Codec, jsonCodec, type JsonText } from "./database/codec.ts";
export type { Page, PageRequest } from "./database/input.ts";
export type { ClaimedJob, Job, JobInput } from "./jobs/jobs.ts";
export type { ClaimedTimer, Timer, TimerInput } from "./timers/timers.ts";
export type { Transition, TransitionInput, TransitionResult } from "./transition/transition.ts";
export type { ConnectionOptions } from "./database/settings/connection-options.ts";
export type { TransactionOptions } from "./database/store-session.ts";
export {
  ConflictError,
  CorruptError,
  DuplicateError,
  type ErrorCode,
  type ErrorFacts,
  HoldfastError,
  InvalidInputError,
  LeaseLostError,
  NotFoundError,
  NotReadyError,
  SchemaError,
  UnavailableError,
} from "./errors.ts";
export { migrationSql, type MigrationStatus } from "./migrations/runner.ts";
export { type Health, type Nouns, openStore, type Store, type StoreOptions, type Transaction } from "./store.ts";
export { startTimerPump, type TimerHandler, type TimerPump, type TimerPumpOptions } from "./worker/timers.ts";
export { type JobContext, type JobHandler, startWorker, type Worker, type WorkerOptions } from "./worker/worker.ts";
