-- How many tasks of an execution are in each status, at any depth; and the status that those without a parent give it by
-- its strategy, for they speak for the tasks below them. Of several attempts under one parent and name, the newest counts.
-- Index: executions_pkey, tasks_of_execution.
-- :maybe
with grouped as (
  select task.parent_id, task.name, task.attempt, task.status, count(*) as tasks
  from holdfast.tasks as task
  where task.execution_id = :executionId
  group by task.parent_id, task.name, task.attempt, task.status
), newest as (
  select grouped.parent_id is null as is_root, grouped.status, grouped.tasks,
    grouped.attempt = max(grouped.attempt) over (partition by grouped.parent_id, grouped.name) as is_newest
  from grouped
), counted as (
  select coalesce(sum(newest.tasks) filter (where newest.is_root), 0)::bigint as root_total,
    coalesce(sum(newest.tasks) filter (where newest.status = 'pending'), 0)::bigint as pending,
    coalesce(sum(newest.tasks) filter (where newest.status = 'running'), 0)::bigint as running,
    coalesce(sum(newest.tasks) filter (where newest.status = 'waiting'), 0)::bigint as waiting,
    coalesce(sum(newest.tasks) filter (where newest.status = 'paused'), 0)::bigint as paused,
    coalesce(sum(newest.tasks) filter (where newest.status = 'succeeded'), 0)::bigint as succeeded,
    coalesce(sum(newest.tasks) filter (where newest.status = 'failed'), 0)::bigint as failed,
    coalesce(sum(newest.tasks) filter (where newest.status = 'timed_out'), 0)::bigint as timed_out,
    coalesce(sum(newest.tasks) filter (where newest.status = 'canceled'), 0)::bigint as canceled,
    coalesce(sum(newest.tasks) filter (where newest.is_root and newest.status = 'pending'), 0)::bigint as root_pending,
    coalesce(sum(newest.tasks) filter (where newest.is_root and newest.status = 'running'), 0)::bigint as root_running,
    coalesce(sum(newest.tasks) filter (where newest.is_root and newest.status = 'waiting'), 0)::bigint as root_waiting,
    coalesce(sum(newest.tasks) filter (where newest.is_root and newest.status = 'paused'), 0)::bigint as root_paused,
    coalesce(sum(newest.tasks) filter (where newest.is_root and newest.status = 'succeeded'), 0)::bigint as root_succeeded,
    coalesce(sum(newest.tasks) filter (where newest.is_root and newest.status = 'failed'), 0)::bigint as root_failed,
    coalesce(sum(newest.tasks) filter (where newest.is_root and newest.status = 'timed_out'), 0)::bigint as root_timed_out,
    coalesce(sum(newest.tasks) filter (where newest.is_root and newest.status = 'canceled'), 0)::bigint as root_canceled
  from newest
  where newest.is_newest
)
select counted.pending as "pending!", counted.running as "running!", counted.waiting as "waiting!", counted.paused as "paused!",
  counted.succeeded as "succeeded!", counted.failed as "failed!", counted.timed_out as "timed_out!",
  counted.canceled as "canceled!",
  holdfast.overall_status(execution.strategy, counted.root_total, counted.root_pending,
    counted.root_running + counted.root_waiting + counted.root_paused, counted.root_succeeded, counted.root_failed,
    counted.root_timed_out, counted.root_canceled) as "overall!"
from holdfast.executions as execution
cross join counted
where execution.id = :executionId
