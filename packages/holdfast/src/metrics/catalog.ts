import type { Metric, Sample } from "./exposition.ts";

/** The name of a metric. Names are stable. */
export type MetricName =
  | "holdfast_connection_waiters"
  | "holdfast_connections"
  | "holdfast_connections_max"
  | "holdfast_due"
  | "holdfast_events"
  | "holdfast_executions"
  | "holdfast_executions_claimed_total"
  | "holdfast_executions_created_total"
  | "holdfast_executions_ended_total"
  | "holdfast_expired_leases"
  | "holdfast_index_bytes"
  | "holdfast_info"
  | "holdfast_job_retries_total"
  | "holdfast_jobs"
  | "holdfast_jobs_claimed_total"
  | "holdfast_jobs_ended_total"
  | "holdfast_jobs_pushed_total"
  | "holdfast_lateness_seconds"
  | "holdfast_listen_losses_total"
  | "holdfast_listening"
  | "holdfast_notifications_total"
  | "holdfast_oldest_ready_seconds"
  | "holdfast_queue_paused"
  | "holdfast_queued_executions"
  | "holdfast_replica_lag_bytes"
  | "holdfast_retention_lag_seconds"
  | "holdfast_retention_overdue_seconds"
  | "holdfast_schedules"
  | "holdfast_schema_version"
  | "holdfast_server_connections"
  | "holdfast_server_connections_max"
  | "holdfast_statement_errors_total"
  | "holdfast_statement_rows_total"
  | "holdfast_table_bytes"
  | "holdfast_table_dead_rows"
  | "holdfast_table_rows"
  | "holdfast_tasks"
  | "holdfast_timers"
  | "holdfast_timers_fired_total"
  | "holdfast_up"
  | "holdfast_waits";

/** What a metric is. */
interface MetricKind {
  readonly type: "counter" | "gauge";
  readonly help: string;
}

/** Every metric but the histogram of statements. */
export const catalog: Readonly<Record<MetricName, MetricKind>> = {
  holdfast_connection_waiters: { type: "gauge", help: "Calls that wait for a connection" },
  holdfast_connections: { type: "gauge", help: "Open connections by state" },
  holdfast_connections_max: { type: "gauge", help: "The most connections that may be open" },
  holdfast_due: { type: "gauge", help: "Timers, and ticks of schedules, that are due" },
  holdfast_events: { type: "gauge", help: "Stored events by status, counted up to a limit" },
  holdfast_executions: { type: "gauge", help: "Stored executions by status, counted up to a limit" },
  holdfast_executions_claimed_total: { type: "counter", help: "Claimed executions" },
  holdfast_executions_created_total: { type: "counter", help: "New executions" },
  holdfast_executions_ended_total: { type: "counter", help: "Ended executions by status" },
  holdfast_expired_leases: { type: "gauge", help: "Leases that ran out, and whose work nobody has taken back" },
  holdfast_index_bytes: { type: "gauge", help: "Disk space of the indexes of a table" },
  holdfast_info: { type: "gauge", help: "The schema of the store" },
  holdfast_job_retries_total: { type: "counter", help: "Failed attempts of jobs that are tried again" },
  holdfast_jobs: { type: "gauge", help: "Stored jobs by queue and status" },
  holdfast_jobs_claimed_total: { type: "counter", help: "Claimed jobs" },
  holdfast_jobs_ended_total: { type: "counter", help: "Ended jobs by status" },
  holdfast_jobs_pushed_total: { type: "counter", help: "New jobs" },
  holdfast_lateness_seconds: {
    type: "gauge",
    help: "How long the earliest due timer or tick has been due; 0 without one",
  },
  holdfast_listen_losses_total: { type: "counter", help: "How often the connection for notifications was lost" },
  holdfast_listening: { type: "gauge", help: "Whether notifications of other processes arrive" },
  holdfast_notifications_total: { type: "counter", help: "Notifications that arrived from other processes" },
  holdfast_oldest_ready_seconds: {
    type: "gauge",
    help: "How long the oldest ready work of a queue has waited; 0 without any",
  },
  holdfast_queue_paused: { type: "gauge", help: "Whether the queue is paused" },
  holdfast_queued_executions: {
    type: "gauge",
    help: "Executions by queue and by whether they may be claimed, wait for their time, or are claimed",
  },
  holdfast_replica_lag_bytes: { type: "gauge", help: "How much of the log a replica has not replayed" },
  holdfast_retention_lag_seconds: { type: "gauge", help: "How long the oldest row of a kind has been past its period" },
  holdfast_retention_overdue_seconds: { type: "gauge", help: "How long the next turn of retention has been due" },
  holdfast_schedules: { type: "gauge", help: "Stored schedules by status, counted up to a limit" },
  holdfast_schema_version: { type: "gauge", help: "Number of the newest migration that was applied to the schema" },
  holdfast_server_connections: { type: "gauge", help: "Connections of the server, of all databases" },
  holdfast_server_connections_max: { type: "gauge", help: "The most connections that the server accepts" },
  holdfast_statement_errors_total: { type: "counter", help: "Failed statements by SQLSTATE or code" },
  holdfast_statement_rows_total: { type: "counter", help: "Rows that a statement returned" },
  holdfast_table_bytes: { type: "gauge", help: "Disk space of a table without its indexes" },
  holdfast_table_dead_rows: { type: "gauge", help: "Estimated row versions that vacuum has not removed" },
  holdfast_table_rows: { type: "gauge", help: "Estimated rows of a table" },
  holdfast_tasks: { type: "gauge", help: "Stored tasks by status, counted up to a limit" },
  holdfast_timers: { type: "gauge", help: "Stored timers by status, counted up to a limit" },
  holdfast_timers_fired_total: { type: "counter", help: "Acknowledged timers" },
  holdfast_up: { type: "gauge", help: "Whether the database answered" },
  holdfast_waits: { type: "gauge", help: "Stored waits by status, counted up to a limit" },
};

/** A metric of the catalog. */
export function metric(name: MetricName, samples: readonly Sample[]): Metric {
  return { name, ...catalog[name], samples };
}
