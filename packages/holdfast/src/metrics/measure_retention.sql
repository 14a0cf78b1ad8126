-- How long retention has been due, and how long the oldest row of each kind has been past its end, in seconds. Kinds with nothing to
-- remove have no age. Of executions it reads the hundred that ended first, because children and running jobs hold some of them back.
-- Index: turns_pkey, ended_jobs_finished, timers_expiring, events_over, executions_ended, executions_parent, kv_entries_expiring,
-- blobs_expiring.
-- :one unprepared
select
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
  )::float8 as "blobs?"
