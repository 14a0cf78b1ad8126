import type { ConnectionUsage, ListenUsage } from "../postgres/database.ts";
import { durationBoundsMs, type StatementFigure } from "../session/statement-figures.ts";
import type { Counted } from "../session/tally.ts";
import { metric } from "./catalog.ts";
import type { Metric, Sample } from "./exposition.ts";

/** What this process has done with a store, and holds of it. */
export interface ProcessFigures {
  readonly count: (name: Counted) => number;
  readonly statements: readonly StatementFigure[];
  readonly connections: ConnectionUsage;
  readonly listening: ListenUsage;
}

/** The metrics of a store that belong to this process. */
export function processMetrics({ count, statements, connections, listening }: ProcessFigures): readonly Metric[] {
  return [
    ...countedMetrics(count),
    ...connectionMetrics(connections),
    ...listenMetrics(listening),
    ...statementMetrics(statements),
  ];
}

function countedMetrics(count: ProcessFigures["count"]): readonly Metric[] {
  const byStatus = <S extends string>(statuses: readonly S[], counted: (status: S) => Counted): readonly Sample[] =>
    statuses.map((status) => ({ labels: { status }, value: count(counted(status)) }));
  const jobEnds = byStatus(["succeeded", "dead", "canceled"] as const, (status) => `jobs.${status}`);
  const ends = byStatus(["succeeded", "failed", "timed_out", "canceled"] as const, (status) => `executions.${status}`);
  return [
    metric("holdfast_jobs_pushed_total", [{ value: count("jobs.pushed") }]),
    metric("holdfast_jobs_claimed_total", [{ value: count("jobs.claimed") }]),
    metric("holdfast_jobs_ended_total", jobEnds),
    metric("holdfast_job_retries_total", [{ value: count("jobs.failed") }]),
    metric("holdfast_executions_created_total", [{ value: count("executions.created") }]),
    metric("holdfast_executions_claimed_total", [{ value: count("executions.claimed") }]),
    metric("holdfast_executions_ended_total", ends),
    metric("holdfast_timers_fired_total", [{ value: count("timers.fired") }]),
  ];
}

function connectionMetrics({ max, open, busy, waiting }: ConnectionUsage): readonly Metric[] {
  return [
    metric("holdfast_connections", [
      { labels: { state: "busy" }, value: busy },
      { labels: { state: "idle" }, value: open - busy },
    ]),
    metric("holdfast_connections_max", [{ value: max }]),
    metric("holdfast_connection_waiters", [{ value: waiting }]),
  ];
}

function listenMetrics({ state, losses, received }: ListenUsage): readonly Metric[] {
  return [
    metric("holdfast_listening", [{ value: state === "on" ? 1 : 0 }]),
    metric("holdfast_listen_losses_total", [{ value: losses }]),
    metric("holdfast_notifications_total", [{ value: received }]),
  ];
}

function statementMetrics(statements: readonly StatementFigure[]): readonly Metric[] {
  const errors = statements.flatMap(({ statement, errors: codes }) =>
    [...codes].map(([code, value]) => ({ labels: { statement, code }, value })),
  );
  const rows = statements.map(({ statement, rows: value }) => ({ labels: { statement }, value }));
  return [
    {
      name: "holdfast_statement_duration_seconds",
      help: "Time of a statement from its sending to its answer",
      type: "histogram",
      bounds: durationBoundsMs.map((bound) => bound / 1000),
      distributions: statements.map(({ statement, cumulative, totalMs }) => ({
        labels: { statement },
        cumulative,
        sum: totalMs / 1000,
      })),
    },
    metric("holdfast_statement_rows_total", rows),
    metric("holdfast_statement_errors_total", errors),
  ];
}
