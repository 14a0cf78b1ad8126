import type { ConnectionUsage } from "../postgres/database.ts";
import { durationBoundsMs, type StatementFigure } from "../session/statement-figures.ts";
import type { Counted } from "../session/tally.ts";
import type { Metric, Sample } from "./exposition.ts";
import { gauge } from "./store-figures.ts";

/** What this process has done with a store, and holds of it. */
export interface ProcessFigures {
  readonly count: (name: Counted) => number;
  readonly statements: readonly StatementFigure[];
  readonly connections: ConnectionUsage;
}

/** The metrics of a store that belong to this process. */
export function processMetrics({ count, statements, connections }: ProcessFigures): readonly Metric[] {
  return [...countedMetrics(count), ...connectionMetrics(connections), ...statementMetrics(statements)];
}

function countedMetrics(count: ProcessFigures["count"]): readonly Metric[] {
  const byStatus = <S extends string>(statuses: readonly S[], counted: (status: S) => Counted): readonly Sample[] =>
    statuses.map((status) => ({ labels: { status }, value: count(counted(status)) }));
  const jobEnds = byStatus(["succeeded", "dead", "canceled"] as const, (status) => `jobs.${status}`);
  const ends = byStatus(["succeeded", "failed", "timed_out", "canceled"] as const, (status) => `executions.${status}`);
  return [
    counter("holdfast_jobs_pushed_total", "New jobs", [{ value: count("jobs.pushed") }]),
    counter("holdfast_jobs_claimed_total", "Claimed jobs", [{ value: count("jobs.claimed") }]),
    counter("holdfast_jobs_ended_total", "Ended jobs by status", jobEnds),
    counter("holdfast_job_retries_total", "Failed attempts of jobs that are tried again", [
      { value: count("jobs.failed") },
    ]),
    counter("holdfast_executions_created_total", "New executions", [{ value: count("executions.created") }]),
    counter("holdfast_executions_claimed_total", "Claimed executions", [{ value: count("executions.claimed") }]),
    counter("holdfast_executions_ended_total", "Ended executions by status", ends),
    counter("holdfast_timers_fired_total", "Acknowledged timers", [{ value: count("timers.fired") }]),
  ];
}

function connectionMetrics({ max, open, busy, waiting }: ConnectionUsage): readonly Metric[] {
  return [
    gauge("holdfast_connections", "Open connections by state", [
      { labels: { state: "busy" }, value: busy },
      { labels: { state: "idle" }, value: open - busy },
    ]),
    gauge("holdfast_connections_max", "The most connections that may be open", [{ value: max }]),
    gauge("holdfast_connection_waiters", "Calls that wait for a connection", [{ value: waiting }]),
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
    counter("holdfast_statement_rows_total", "Rows that a statement returned", rows),
    counter("holdfast_statement_errors_total", "Failed statements by SQLSTATE or code", errors),
  ];
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, help, type: "counter", samples };
}
