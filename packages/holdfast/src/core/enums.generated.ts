// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.

/** The labels of the schema's `blob_backend`, in their order. */
export const blobBackendLabels: readonly ["postgres", "folder", "s3"] = ["postgres", "folder", "s3"];

/** A label of the schema's `blob_backend`. */
export type BlobBackend = (typeof blobBackendLabels)[number];

/** The labels of the schema's `catch_up_policy`, in their order. */
export const catchUpPolicyLabels: readonly ["skip", "latest", "all"] = ["skip", "latest", "all"];

/** A label of the schema's `catch_up_policy`. */
export type CatchUpPolicy = (typeof catchUpPolicyLabels)[number];

/** The labels of the schema's `definition_status`, in their order. */
export const definitionStatusLabels: readonly ["draft", "active", "retired"] = ["draft", "active", "retired"];

/** A label of the schema's `definition_status`. */
export type DefinitionStatus = (typeof definitionStatusLabels)[number];

/** The labels of the schema's `dependency_policy`, in their order. */
export const dependencyPolicyLabels: readonly ["cancel", "ignore"] = ["cancel", "ignore"];

/** A label of the schema's `dependency_policy`. */
export type DependencyPolicy = (typeof dependencyPolicyLabels)[number];

/** The labels of the schema's `job_status`, in their order. */
export const jobStatusLabels: readonly ["blocked", "scheduled", "ready", "running", "succeeded", "dead", "canceled"] = ["blocked", "scheduled", "ready", "running", "succeeded", "dead", "canceled"];

/** A label of the schema's `job_status`. */
export type JobStatus = (typeof jobStatusLabels)[number];

/** The labels of the schema's `overlap_policy`, in their order. */
export const overlapPolicyLabels: readonly ["allow", "skip", "buffer_one", "cancel_previous"] = ["allow", "skip", "buffer_one", "cancel_previous"];

/** A label of the schema's `overlap_policy`. */
export type OverlapPolicy = (typeof overlapPolicyLabels)[number];

/** The labels of the schema's `running_policy`, in their order. */
export const runningPolicyLabels: readonly ["keep", "beside", "after"] = ["keep", "beside", "after"];

/** A label of the schema's `running_policy`. */
export type RunningPolicy = (typeof runningPolicyLabels)[number];

/** The labels of the schema's `schedule_status`, in their order. */
export const scheduleStatusLabels: readonly ["active", "paused", "ended"] = ["active", "paused", "ended"];

/** A label of the schema's `schedule_status`. */
export type ScheduleStatus = (typeof scheduleStatusLabels)[number];

/** The labels of the schema's `status`, in their order. */
export const statusLabels: readonly ["pending", "running", "waiting", "paused", "succeeded", "failed", "timed_out", "canceled"] = ["pending", "running", "waiting", "paused", "succeeded", "failed", "timed_out", "canceled"];

/** A label of the schema's `status`. */
export type Status = (typeof statusLabels)[number];

/** The labels of the schema's `strategy`, in their order. */
export const strategyLabels: readonly ["wait_all", "fail_fast", "best_effort", "race"] = ["wait_all", "fail_fast", "best_effort", "race"];

/** A label of the schema's `strategy`. */
export type Strategy = (typeof strategyLabels)[number];

/** The labels of the schema's `task_type`, in their order. */
export const taskTypeLabels: readonly ["basic", "router", "parallel", "collection", "composite", "wait", "signal", "aggregate", "memory"] = ["basic", "router", "parallel", "collection", "composite", "wait", "signal", "aggregate", "memory"];

/** A label of the schema's `task_type`. */
export type TaskType = (typeof taskTypeLabels)[number];

/** The labels of the schema's `timer_status`, in their order. */
export const timerStatusLabels: readonly ["scheduled", "claimed", "fired", "canceled"] = ["scheduled", "claimed", "fired", "canceled"];

/** A label of the schema's `timer_status`. */
export type TimerStatus = (typeof timerStatusLabels)[number];

/** The labels of the schema's `wait_status`, in their order. */
export const waitStatusLabels: readonly ["waiting", "delivered", "expired"] = ["waiting", "delivered", "expired"];

/** A label of the schema's `wait_status`. */
export type WaitStatus = (typeof waitStatusLabels)[number];

/** The labels of the schema's `wake_reason`, in their order. */
export const wakeReasonLabels: readonly ["moment", "event", "children", "expiry", "call"] = ["moment", "event", "children", "expiry", "call"];

/** A label of the schema's `wake_reason`. */
export type WakeReason = (typeof wakeReasonLabels)[number];

/** The labels of the schema's `work_kind`, in their order. */
export const workKindLabels: readonly ["job", "execution"] = ["job", "execution"];

/** A label of the schema's `work_kind`. */
export type WorkKind = (typeof workKindLabels)[number];
