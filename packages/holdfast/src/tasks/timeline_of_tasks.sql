-- When the tasks of an execution started and ended, counted in equal parts of a window: 0 is before it, and `parts` + 1 after it. The end of
-- the window belongs to its last part. The window is from the first start to the last end, or to now while a task runs. Without a started
-- task there is no row.
-- Index: tasks_of_execution.
-- :many
with span as materialized (
  select min(task.started_at) as first_at, max(task.finished_at) as last_at,
    bool_or(task.finished_at is null) as is_running, holdfast.now() as moment
  from holdfast.tasks as task
  where task.execution_id = :executionId and task.started_at is not null
), frame as materialized (
  select span.first_at, case when span.is_running then span.moment else span.last_at end as ended_at, span.moment,
    coalesce(:from?::timestamptz, span.first_at) as from_at,
    coalesce(:to?::timestamptz, case when span.is_running then span.moment else span.last_at end) as to_at
  from span
  where span.first_at is not null
), bounded as materialized (
  select frame.first_at, frame.ended_at, frame.moment, frame.from_at,
    greatest(frame.to_at, frame.from_at + interval '1 millisecond') as to_at
  from frame
), mark as (
  select
    case when task.started_at = bounded.to_at then :parts::integer
      else width_bucket(extract(epoch from task.started_at)::float8, extract(epoch from bounded.from_at)::float8,
        extract(epoch from bounded.to_at)::float8, :parts::integer)
    end as started,
    case when task.finished_at = bounded.to_at then :parts::integer
      else width_bucket(extract(epoch from task.finished_at)::float8, extract(epoch from bounded.from_at)::float8,
        extract(epoch from bounded.to_at)::float8, :parts::integer)
    end as finished,
    task.status in ('failed', 'timed_out') as is_failed
  from bounded
  join holdfast.tasks as task on task.execution_id = :executionId and task.started_at is not null
), counted as (
  select mark.started as part, count(*) as started, 0::bigint as finished, 0::bigint as failed from mark group by mark.started
  union all
  select mark.finished, 0, count(*), count(*) filter (where mark.is_failed) from mark where mark.finished is not null group by mark.finished
)
select bounded.first_at as "first_at!", bounded.ended_at as "ended_at!", bounded.moment as "now!", bounded.from_at as "from_at!",
  bounded.to_at as "to_at!", counted.part as "part!", sum(counted.started)::bigint as "started!", sum(counted.finished)::bigint as "finished!",
  sum(counted.failed)::bigint as "failed!"
from bounded
cross join counted
group by bounded.first_at, bounded.ended_at, bounded.moment, bounded.from_at, bounded.to_at, counted.part
order by counted.part
