// Written by `npm run sql` from the .sql files beside it and the schema they run on. Not edited by hand.
import type { JobStatus } from "../core/enums.generated.ts";
import { many, one, type StatementFunction } from "../core/plan.ts";

/** The parameters of {@link measureEndedJobs}. */
export interface MeasureEndedJobsParameters {
}

/** A row of {@link measureEndedJobs}. */
export interface MeasureEndedJobsRow {
  readonly queue: string;
  readonly status: JobStatus;
  readonly count: number;
}

/**
 * The stored ended jobs of each queue by status, summed from counts of their ends.
 * Index: job_counts_of_queue.
 */
export const measureEndedJobs: StatementFunction<MeasureEndedJobsParameters, readonly MeasureEndedJobsRow[]> = many({
  name: "metrics/measureEndedJobs",
  prepared: false,
  readsOnly: true,
  parameters: [],
  object: (row) => ({ queue: row[0], status: row[1], count: row[2] }),
  elements: {},
  text: `select ended.queue as "queue!", ended.status as "status!", sum(ended.count)::bigint as "count!"
from holdfast.job_counts as ended
group by ended.queue, ended.status`,
});

/** The parameters of {@link measureRetention}. */
export interface MeasureRetentionParameters {
}

/** A row of {@link measureRetention}. */
export interface MeasureRetentionRow {
  readonly overdue: number | null;
  readonly executions: number | null;
  readonly jobs: number | null;
  readonly deadJobs: number | null;
  readonly timers: number | null;
  readonly events: number | null;
  readonly kv: number | null;
  readonly blobs: number | null;
}

/**
 * How long retention has been due, and how long the oldest row of each kind has been past its end, in seconds. Kinds with nothing to
 * remove have no age. Of executions it reads the hundred that ended first, because children and running jobs hold some of them back.
 * Index: turns_pkey, ended_jobs_finished, timers_expiring, events_over, executions_ended, executions_parent, kv_entries_expiring,
 * blobs_expiring.
 */
export const measureRetention: StatementFunction<MeasureRetentionParameters, MeasureRetentionRow> = one({
  name: "metrics/measureRetention",
  prepared: false,
  readsOnly: true,
  parameters: [],
  object: (row) => ({ overdue: row[0], executions: row[1], jobs: row[2], deadJobs: row[3], timers: row[4], events: row[5], kv: row[6], blobs: row[7] }),
  elements: {},
  text: `select
  (
    select extract(epoch from holdfast.now() - turn.due_at) from holdfast.turns as turn
    where turn.name = 'retention' and turn.due_at > '2000-01-02Z'
  )::float8 as "overdue?",
  (
    select extract(epoch from holdfast.now() - min(ended.finished_at))
    from (
      select execution.id, execution.finished_at
      from holdfast.executions as execution
      where execution.finished_at is not null
      order by execution.finished_at, execution.id
      limit 100
    ) as ended
    where not exists (select from holdfast.executions as child where child.parent_id = ended.id)
  )::float8 as "executions?",
  (
    select extract(epoch from holdfast.now() - least(
      (
        select job.finished_at from holdfast.ended_jobs as job
        where job.status = 'succeeded' and not job.is_kept
        order by job.finished_at
        limit 1
      ),
      (
        select job.finished_at from holdfast.ended_jobs as job
        where job.status = 'canceled' and not job.is_kept
        order by job.finished_at
        limit 1
      )
    ))
  )::float8 as "jobs?",
  (
    select extract(epoch from holdfast.now() - job.finished_at) from holdfast.ended_jobs as job
    where job.status = 'dead' and not job.is_kept
    order by job.finished_at
    limit 1
  )::float8 as "dead_jobs?",
  (
    select extract(epoch from holdfast.now() - coalesce(timer.fired_at, timer.canceled_at)) from holdfast.timers as timer
    where timer.status in ('fired', 'canceled') and timer.dedupe_key is null
    order by coalesce(timer.fired_at, timer.canceled_at)
    limit 1
  )::float8 as "timers?",
  (
    select extract(epoch from holdfast.now() - coalesce(event.consumed_at, event.expires_at)) from holdfast.events as event
    order by coalesce(event.consumed_at, event.expires_at)
    limit 1
  )::float8 as "events?",
  (
    select extract(epoch from holdfast.now() - entry.expires_at) from holdfast.kv_entries as entry
    where entry.expires_at is not null
    order by entry.expires_at
    limit 1
  )::float8 as "kv?",
  (
    select extract(epoch from holdfast.now() - blob.expires_at) from holdfast.blobs as blob
    where blob.expires_at is not null
    order by blob.expires_at
    limit 1
  )::float8 as "blobs?"`,
});
