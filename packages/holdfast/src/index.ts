// The store, and how it is opened.
export { type LimitedStore, type Nouns, openStore, type Store, type StoreOptions, type Transaction } from "./store.ts";
export type { ConnectionUsage, Health, HealthChecks, Measurements, Stats, TableStats } from "./health/health.ts";
export type { Archive, ExportOptions, ImportResult, RowCounts } from "./archive/archive.ts";
export type { CallLimits } from "./database/call-limits.ts";
export { type DatabaseLocation, locateDatabase } from "./database/location.ts";
export type {
  ConnectionOptions,
  Durability,
  FolderOptions,
  ProtocolOptions,
  ServerOptions,
  SslMode,
  StatementOptions,
  TargetSessionAttrs,
} from "./database/settings/connection-options.ts";
export type { TransactionOptions } from "./database/store-session.ts";
export type { BytesCodec, CompressionName, EncodedBytes, StoredBytes } from "./database/bytes-codec.ts";
export { compressingCodec, type CompressionOptions } from "./codecs/compressing-codec.ts";
export { encryptingCodec, type EncryptionOptions } from "./codecs/encrypting-codec.ts";
export { richCodec } from "./codecs/rich-codec.ts";
export { type Codec, jsonCodec, type JsonText } from "./database/codec.ts";
export type {
  Period,
  Retained,
  RetainOptions,
  Retention,
  RetentionKind,
  RetentionPolicy,
} from "./retention/retention.ts";
export { migrationSql, type MigrationStatus } from "./migrations/runner.ts";

// What several nouns share.
export { newId } from "./database/new-id.ts";
export type { Claim, Fenced, HeartbeatOptions, Held, Lost } from "./claims/claims.ts";
export type {
  BlobBackend,
  CatchUpPolicy,
  DefinitionStatus,
  DependencyPolicy,
  JobStatus,
  OverlapPolicy,
  ScheduleStatus,
  Status,
  Strategy,
  TaskType,
  TimerStatus,
  WakeReason,
} from "./database/enums.generated.ts";
export type { Page, PageRequest } from "./database/input.ts";
export type { Lock, LockMode, LockOptions, WaitingLock } from "./database/row-locks.ts";
export type { Usage } from "./usage.ts";

// The nouns: the methods, the records, and what they are made from.
export {
  type Definition,
  type DefinitionInput,
  type DefinitionListRequest,
  type DefinitionQuery,
  type Definitions,
  type Step,
  validateSteps,
  type VersionChoice,
} from "./definitions/definitions.ts";
export type {
  AttemptFailure,
  Cancellation,
  CancelOptions,
  ClaimedExecution,
  DefinitionChoice,
  DefinitionVersion,
  Execution,
  ExecutionChange,
  ExecutionClaimRequest,
  ExecutionClaims,
  ExecutionCompletion,
  ExecutionCounts,
  ExecutionCreation,
  ExecutionExpectation,
  ExecutionFilter,
  ExecutionGroup,
  ExecutionGrouping,
  ExecutionHead,
  ExecutionInput,
  ExecutionLists,
  ExecutionQuery,
  Executions,
  ExecutionStatusChange,
  FailedAttempts,
  HeldLease,
  LabelChanges,
  LabelFilter,
  LabelOrder,
  LabelRange,
  Labels,
  Lease,
  LeaseRequest,
  Leases,
  NewExecution,
  QueueOptions,
  RescueOptions,
  ResultOptions,
  Results,
  TaskOutputs,
  Wake,
} from "./executions/executions.ts";
export type { Fork, ForkInput, Forks } from "./fork/fork.ts";
export type { ExecutionStart, StartInput, Starts } from "./start/start.ts";

export type {
  ChildInput,
  Progress,
  PropagatedTask,
  Task,
  TaskFilter,
  TaskListRequest,
  TaskInput,
  Tasks,
  TaskStatusChange,
  TaskSummary,
  TaskTree,
  TaskTreeNode,
  TaskTreeRequest,
} from "./tasks/tasks.ts";
export type { Components, ComponentState, ComponentStateInput } from "./components/components.ts";
export type {
  Kv,
  KvAppendInput,
  KvEntry,
  KvHead,
  KvInput,
  KvKey,
  KvListRequest,
  KvPrefixListRequest,
  KvRange,
  KvRemoval,
  KvSetOptions,
  KvRemoveLimit,
  KvRemoveOptions,
  KvSwap,
  KvSwapInput,
  KvTouchOptions,
} from "./kv/kv.ts";
export type {
  Correlations,
  DeliveredWait,
  DeliveryInput,
  DeliveryOutcome,
  EventListRequest,
  FirstDelivery,
  MissedDelivery,
  KeptEvent,
  TakenEvent,
  Wait,
  WaitInput,
  WaitListRequest,
  WaitSelection,
  WaitOutcome,
} from "./correlations/correlations.ts";
export type {
  ClaimedTimer,
  NextTimer,
  ScheduledTimer,
  Timer,
  TimerClaimOptions,
  TimerInput,
  TimerListRequest,
  ReleasedTimer,
  TimerSelection,
  TimerNow,
  Timers,
} from "./timers/timers.ts";
export type {
  EntrySubscription,
  FeedEntry,
  FeedPage,
  FeedRequest,
  FeedSubscription,
  History,
  HistoryAppendOptions,
  HistoryEntry,
  HistoryEntryInput,
  HistoryPage,
  HistoryRequest,
  SubscriptionOptions,
} from "./history/history.ts";
export {
  type MissedTicks,
  type NextTick,
  type PushDueOptions,
  type PushedDue,
  type Schedule,
  type ScheduledJobOptions,
  type ScheduleFilter,
  type ScheduleInput,
  type Schedules,
  type Tick,
  tickOf,
  type Triggered,
} from "./schedules/schedules.ts";
export type {
  Backoff,
  ClaimedJob,
  ClaimRequest,
  Completion,
  FailedJob,
  Failure,
  Job,
  JobFilter,
  JobInput,
  JobKey,
  JobQueries,
  Jobs,
  JobSelection,
  JobStanding,
  ManyChanged,
  ManyJobs,
  NextJob,
  Rescheduling,
  PushedJob,
  Release,
  ReleasedJob,
  RescheduledJob,
  Rescue,
} from "./jobs/jobs.ts";
export type { JobCounts, Queue, QueueCountOptions, Queues, QueueSettings, Rate } from "./queues/queues.ts";
export type {
  MigratedSnapshot,
  Snapshot,
  SnapshotDefinition,
  SnapshotDefinitionInput,
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
  type BlobReadOptions,
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
export type { Settling, WithinTransaction } from "./worker/context.ts";
export type { ExecutionContext, ExecutionStep, Leaving } from "./worker/execution-context.ts";
export type { ExecutionHandler } from "./worker/executions.ts";
export type { JobHandler } from "./worker/handling.ts";
export type { JobContext, JobFailure, JobRelease } from "./worker/job-context.ts";
export type { TimerContext } from "./worker/timer-context.ts";
export { startWorker, type Worker, type WorkerOptions } from "./worker/worker.ts";
export { startTimerPump, type TimerHandler, type TimerPump, type TimerPumpOptions } from "./worker/timers.ts";
export { type Scheduler, type SchedulerOptions, startScheduler } from "./worker/scheduler.ts";
export type { StopOptions } from "./worker/options.ts";

// What goes wrong.
export {
  ConflictError,
  type ConflictReason,
  CorruptError,
  DuplicateError,
  type ErrorCode,
  type ErrorFacts,
  HoldfastError,
  type HoldfastErrorOptions,
  InvalidInputError,
  LeaseLostError,
  NotFoundError,
  NotReadyError,
  SchemaError,
  UnavailableError,
} from "./errors.ts";
export type {
  End,
  Park,
  ParkedWait,
  Requirement,
  TaskStatusInput,
  Transition,
  TransitionInput,
  TransitionResult,
} from "./transition/transition.ts";
