import type { DueWork, Overview, QueueWork, TableStats } from "../health/health.ts";
import type { MigrationStatus } from "../migrations/runner.ts";
import type { FullPolicy, RetentionKind } from "../retention/retention.ts";
import type { Metric, Sample } from "./exposition.ts";
import type { MeasureEndedJobsRow, MeasureRetentionRow } from "./statements.generated.ts";

/** What was read of a store. */
export interface StoreFigures {
  readonly overview: Overview;
  readonly ended: readonly MeasureEndedJobsRow[];
  readonly retention: MeasureRetentionRow;
  readonly policy: FullPolicy | false;
  readonly tables: readonly TableStats[];
  readonly migrations: readonly MigrationStatus[];
}

/** The metrics of a store, which all of its processes share. */
export function storeMetrics(figures: StoreFigures): readonly Metric[] {
  return [
    ...queueMetrics(figures),
    ...statusMetrics(figures.overview),
    ...dueMetrics(figures.overview),
    ...retentionMetrics(figures),
    ...tableMetrics(figures.tables),
    ...serverMetrics(figures.overview),
    gauge("holdfast_schema_version", "Number of the newest migration that was applied to the schema", [
      { value: Math.max(0, ...figures.migrations.map(({ number, appliedAt }) => (appliedAt === null ? 0 : number))) },
    ]),
  ];
}

const unfinished = ["blocked", "scheduled", "ready", "running"] as const;

function queueMetrics({ overview: { queues, at }, ended }: StoreFigures): readonly Metric[] {
  const jobs = queues.filter(({ kind }) => kind === "job");
  const executions = queues.filter(({ kind }) => kind === "execution");
  const waiting = jobs.flatMap((work) =>
    unfinished.map((status) => ({ labels: { queue: work.queue, status }, value: work[status] })),
  );
  const over = ended.map(({ queue, status, count }) => ({ labels: { queue, status }, value: count }));
  const of = (measure: (work: QueueWork) => number): readonly Sample[] =>
    queues.map((work) => ({ labels: { queue: work.queue, kind: work.kind }, value: measure(work) }));
  return [
    gauge("holdfast_jobs", "Stored jobs by queue and status", [...waiting, ...over]),
    gauge(
      "holdfast_queued_executions",
      "Executions by queue and by whether they may be claimed, wait for their time, or are claimed",
      executions.flatMap((work) =>
        (["scheduled", "ready", "running"] as const).map((state) => ({
          labels: { queue: work.queue, state },
          value: work[state],
        })),
      ),
    ),
    gauge(
      "holdfast_oldest_ready_seconds",
      "How long the oldest ready work of a queue has waited; 0 without any",
      of(({ oldestReadyAt }) => secondsSince(oldestReadyAt, at)),
    ),
    gauge(
      "holdfast_expired_leases",
      "Leases that ran out, and whose work nobody has taken back",
      of(({ expired }) => expired),
    ),
    gauge(
      "holdfast_queue_paused",
      "Whether the queue is paused",
      of(({ pausedAt }) => (pausedAt === null ? 0 : 1)),
    ),
  ];
}

function statusMetrics({ counts }: Overview): readonly Metric[] {
  return (["executions", "tasks", "timers", "schedules", "waits", "events"] as const).map((noun) =>
    gauge(
      `holdfast_${noun}`,
      `Stored ${noun} by status, counted up to a limit`,
      Object.entries(counts[noun]).map(([status, value]) => ({ labels: { status }, value })),
    ),
  );
}

function dueMetrics({ timers, schedules, at }: Overview): readonly Metric[] {
  const of = (measure: (due: DueWork) => number): readonly Sample[] => [
    { labels: { noun: "timers" }, value: measure(timers) },
    { labels: { noun: "schedules" }, value: measure(schedules) },
  ];
  return [
    gauge(
      "holdfast_due",
      "Timers, and ticks of schedules, that are due",
      of(({ overdue }) => overdue),
    ),
    gauge(
      "holdfast_lateness_seconds",
      "How long the earliest due timer or tick has been due; 0 without one",
      of(({ oldestOverdueAt }) => secondsSince(oldestOverdueAt, at)),
    ),
  ];
}

/** The kinds whose oldest row says how late their removal is. */
const datedKinds = [
  "executions",
  "jobs",
  "deadJobs",
  "timers",
  "events",
  "kv",
  "blobs",
] as const satisfies readonly RetentionKind[];

function retentionMetrics({ retention, policy }: StoreFigures): readonly Metric[] {
  if (policy === false) return [];
  const lags = datedKinds.flatMap((kind): readonly Sample[] => {
    const keepMs = policy[kind];
    if (keepMs === false) return [];
    return [{ labels: { kind }, value: Math.max(0, (retention[kind] ?? 0) - keepMs / 1000) }];
  });
  return [
    gauge("holdfast_retention_lag_seconds", "How long the oldest row of a kind has been past its period", lags),
    gauge("holdfast_retention_overdue_seconds", "How long the next turn of retention has been due", [
      { value: Math.max(0, retention.overdue ?? 0) },
    ]),
  ];
}

function tableMetrics(tables: readonly TableStats[]): readonly Metric[] {
  const of = (measure: (table: TableStats) => number): readonly Sample[] =>
    tables.map((table) => ({ labels: { table: table.name }, value: measure(table) }));
  return [
    gauge(
      "holdfast_table_rows",
      "Estimated rows of a table",
      of(({ rows }) => rows),
    ),
    gauge(
      "holdfast_table_dead_rows",
      "Estimated row versions that vacuum has not removed",
      of(({ deadRows }) => deadRows),
    ),
    gauge(
      "holdfast_table_bytes",
      "Disk space of a table without its indexes",
      of(({ tableBytes }) => tableBytes),
    ),
    gauge(
      "holdfast_index_bytes",
      "Disk space of the indexes of a table",
      of(({ indexBytes }) => indexBytes),
    ),
  ];
}

function serverMetrics({ server }: Overview): readonly Metric[] {
  const { replicas } = server;
  return [
    gauge("holdfast_server_connections", "Connections of the server, of all databases", [
      { value: server.connections },
    ]),
    gauge("holdfast_server_connections_max", "The most connections that the server accepts", [
      { value: server.connectionsMax },
    ]),
    gauge(
      "holdfast_replica_lag_bytes",
      "How much of the log a replica has not replayed",
      replicas.flatMap(({ name, lagBytes }) =>
        lagBytes === null ? [] : [{ labels: { replica: name }, value: lagBytes }],
      ),
    ),
  ];
}

function secondsSince(moment: Date | null, at: Date): number {
  return moment === null ? 0 : Math.max(0, (at.getTime() - moment.getTime()) / 1000);
}

/** A metric whose values go up and down. */
export function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, help, type: "gauge", samples };
}
