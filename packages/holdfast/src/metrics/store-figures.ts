import type { DueWork, Overview, QueueWork, TableStats } from "../health/health.ts";
import type { MigrationStatus } from "../migrations/runner.ts";
import type { FullPolicy, RetentionKind } from "../retention/retention.ts";
import { metric } from "./catalog.ts";
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
    metric("holdfast_schema_version", [
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
    metric("holdfast_jobs", [...waiting, ...over]),
    metric(
      "holdfast_queued_executions",
      executions.flatMap((work) =>
        (["scheduled", "ready", "running"] as const).map((state) => ({
          labels: { queue: work.queue, state },
          value: work[state],
        })),
      ),
    ),
    metric(
      "holdfast_oldest_ready_seconds",
      of(({ oldestReadyAt }) => secondsSince(oldestReadyAt, at)),
    ),
    metric(
      "holdfast_expired_leases",
      of(({ expired }) => expired),
    ),
    metric(
      "holdfast_queue_paused",
      of(({ pausedAt }) => (pausedAt === null ? 0 : 1)),
    ),
  ];
}

function statusMetrics({ counts }: Overview): readonly Metric[] {
  return (["executions", "tasks", "timers", "schedules", "waits", "events"] as const).map((noun) =>
    metric(
      `holdfast_${noun}`,
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
    metric(
      "holdfast_due",
      of(({ overdue }) => overdue),
    ),
    metric(
      "holdfast_lateness_seconds",
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
    metric("holdfast_retention_lag_seconds", lags),
    metric("holdfast_retention_overdue_seconds", [{ value: Math.max(0, retention.overdue ?? 0) }]),
  ];
}

function tableMetrics(tables: readonly TableStats[]): readonly Metric[] {
  const of = (measure: (table: TableStats) => number): readonly Sample[] =>
    tables.map((table) => ({ labels: { table: table.name }, value: measure(table) }));
  return [
    metric(
      "holdfast_table_rows",
      of(({ rows }) => rows),
    ),
    metric(
      "holdfast_table_dead_rows",
      of(({ deadRows }) => deadRows),
    ),
    metric(
      "holdfast_table_bytes",
      of(({ tableBytes }) => tableBytes),
    ),
    metric(
      "holdfast_index_bytes",
      of(({ indexBytes }) => indexBytes),
    ),
  ];
}

function serverMetrics({ server }: Overview): readonly Metric[] {
  const { replicas } = server;
  return [
    metric("holdfast_server_connections", [{ value: server.connections }]),
    metric("holdfast_server_connections_max", [{ value: server.connectionsMax }]),
    metric(
      "holdfast_replica_lag_bytes",
      replicas.flatMap(({ name, lagBytes }) =>
        lagBytes === null ? [] : [{ labels: { replica: name }, value: lagBytes }],
      ),
    ),
  ];
}

function secondsSince(moment: Date | null, at: Date): number {
  return moment === null ? 0 : Math.max(0, (at.getTime() - moment.getTime()) / 1000);
}
