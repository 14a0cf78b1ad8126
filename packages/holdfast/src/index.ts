// The store, and how it is opened.
export {
  type Health,
  type LimitedStore,
  type Nouns,
  openStore,
  type Store,
  type StoreOptions,
  type Transaction,
} from "./store.ts";
export type { Archive, ExportOptions, ImportResult } from "./archive/archive.ts";
export type { CallLimits } from "./database/call-limits.ts";
export type { ConnectionOptions } from "./database/settings/connection-options.ts";
export type { TransactionOptions } from "./database/store-session.ts";
export type { BytesCodec, CompressionName, EncodedBytes } from "./database/bytes-codec.ts";
export { compressingCodec, type CompressionOptions } from "./codecs/compressing-codec.ts";
export { encryptingCodec, type EncryptionOptions } from "./codecs/encrypting-codec.ts";
export { richCodec } from "./codecs/rich-codec.ts";
export { type Codec, jsonCodec, type JsonText } from "./database/codec.ts";
export type { Period, RetainOptions, Retained, RetentionKind, RetentionPolicy } from "./retention/retention.ts";
export { migrationSql, type MigrationStatus } from "./migrations/runner.ts";

// What several nouns share.
export type { Claim, Fenced } from "./claims/claims.ts";
export type { JobState, Status, Strategy, TaskType, TimerState } from "./database/enums.generated.ts";
export type { Page, PageRequest } from "./database/input.ts";

// The nouns: the methods, the records, and what they are made from.
export {
  type Definition,
  type DefinitionInput,
  type Definitions,
  type Step,
  validateSteps,
} from "./definitions/definitions.ts";
export type {
  Execution,
  ExecutionChange,
  ExecutionHead,
  ExecutionInput,
  ExecutionQuery,
  Executions,
  Lease,
  NewExecution,
} from "./executions/executions.ts";
export type { Fork, ForkInput, Forks } from "./fork/fork.ts";
export type { Transition, TransitionInput, TransitionResult } from "./transition/transition.ts";
export type { Progress, Task, TaskFilter, TaskInput, Tasks, TaskSummary, TaskTree } from "./tasks/tasks.ts";
export type { Components, ComponentState, ComponentStateInput } from "./components/components.ts";
export type {
  Kv,
  KvAppendInput,
  KvEntry,
  KvHead,
  KvInput,
  KvKey,
  KvListRequest,
  KvRange,
  KvRemoval,
  KvRemoveLimit,
  KvRemoveOptions,
  KvSwap,
  KvSwapInput,
} from "./kv/kv.ts";
export type {
  Correlations,
  DeliveryInput,
  DeliveryOutcome,
  WaitInput,
  WaitOutcome,
} from "./correlations/correlations.ts";
export type { ClaimedTimer, Timer, TimerInput, Timers } from "./timers/timers.ts";
export type {
  EntrySubscription,
  FeedEntry,
  FeedPage,
  FeedRequest,
  FeedSubscription,
  History,
  HistoryEntry,
  HistoryEntryInput,
} from "./history/history.ts";
export {
  type Schedule,
  type ScheduleInput,
  type Schedules,
  type Tick,
  tickOf,
  type Triggered,
} from "./schedules/schedules.ts";
export type {
  ClaimedJob,
  ClaimRequest,
  Completion,
  FailedJob,
  Failure,
  Job,
  JobInput,
  Jobs,
  JobSelection,
  JobStatus,
  ManyChanged,
  PushedJob,
  Queue,
  QueueSettings,
} from "./jobs/jobs.ts";
export type {
  Snapshot,
  SnapshotDefinition,
  SnapshotFilter,
  SnapshotHead,
  SnapshotInput,
  SnapshotMigration,
  SnapshotPruning,
  SnapshotReadOptions,
  Snapshots,
  SnapshotWritten,
} from "./snapshots/snapshots.ts";
export {
  type BlobDownload,
  type BlobInfo,
  type BlobListRequest,
  type BlobOptions,
  type BlobRef,
  type Blobs,
  type BlobSource,
  type DownloadOptions,
  isBlobRef,
  type PresignOptions,
  type S3Options,
  type SpillOptions,
  type SweepOptions,
  type SweepResult,
  type UploadedBlob,
  type UploadOptions,
} from "./blobs/blobs.ts";

// What works on jobs, timers and schedules.
export { type JobContext, type JobHandler, startWorker, type Worker, type WorkerOptions } from "./worker/worker.ts";
export { startTimerPump, type TimerHandler, type TimerPump, type TimerPumpOptions } from "./worker/timers.ts";
export { type Scheduler, type SchedulerOptions, startScheduler } from "./worker/scheduler.ts";

// What goes wrong.
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
