-- Counts the tasks of an execution by status, at any depth. The tasks without a parent stand for those below them, so they give the
-- execution its status by its strategy. Of several attempts under one parent and name, the newest counts. All tasks are counted, and the
-- few that a later attempt replaced are subtracted.
-- Index: executions_pkey, tasks_of_execution, tasks_retried, tasks_of_parent_by_name.
-- :maybe
with retried as materialized (
  select task.parent_id, task.name, max(task.attempt) as newest
  from holdfast.tasks as task
  where task.execution_id = :executionId and task.attempt > 1
  group by task.parent_id, task.name
), counted as (
  select task.status, count(*) as tasks, count(task.parent_id) as children
  from holdfast.tasks as task
  where task.execution_id = :executionId
  group by task.status
  union all
  select former.status, -count(*), -count(*)
  from retried
  join holdfast.tasks as former on former.parent_id = retried.parent_id and former.name = retried.name
    and former.attempt < retried.newest
  group by former.status
  union all
  -- No index finds tasks without a parent by name. If none of them was retried, none is read.
  select root.status, -count(*), 0
  from (
    select task.status, task.attempt < max(task.attempt) over (partition by task.name) as is_former
    from holdfast.tasks as task
    where task.execution_id = :executionId and task.parent_id is null
      and exists (select from retried where retried.parent_id is null)
  ) as root
  where root.is_former
  group by root.status
), total as (
  select coalesce(sum(counted.tasks - counted.children), 0)::bigint as root_total,
    coalesce(sum(counted.tasks) filter (where counted.status = 'pending'), 0)::bigint as pending,
    coalesce(sum(counted.tasks) filter (where counted.status = 'running'), 0)::bigint as running,
    coalesce(sum(counted.tasks) filter (where counted.status = 'waiting'), 0)::bigint as waiting,
    coalesce(sum(counted.tasks) filter (where counted.status = 'paused'), 0)::bigint as paused,
    coalesce(sum(counted.tasks) filter (where counted.status = 'succeeded'), 0)::bigint as succeeded,
    coalesce(sum(counted.tasks) filter (where counted.status = 'failed'), 0)::bigint as failed,
    coalesce(sum(counted.tasks) filter (where counted.status = 'timed_out'), 0)::bigint as timed_out,
    coalesce(sum(counted.tasks) filter (where counted.status = 'canceled'), 0)::bigint as canceled,
    coalesce(sum(counted.tasks - counted.children) filter (where counted.status = 'pending'), 0)::bigint as root_pending,
    coalesce(sum(counted.tasks - counted.children) filter (where counted.status in ('running', 'waiting', 'paused')), 0)::bigint
      as root_running,
    coalesce(sum(counted.tasks - counted.children) filter (where counted.status = 'succeeded'), 0)::bigint as root_succeeded,
    coalesce(sum(counted.tasks - counted.children) filter (where counted.status = 'failed'), 0)::bigint as root_failed,
    coalesce(sum(counted.tasks - counted.children) filter (where counted.status = 'timed_out'), 0)::bigint as root_timed_out,
    coalesce(sum(counted.tasks - counted.children) filter (where counted.status = 'canceled'), 0)::bigint as root_canceled
  from counted
)
select total.pending as "pending!", total.running as "running!", total.waiting as "waiting!", total.paused as "paused!",
  total.succeeded as "succeeded!", total.failed as "failed!", total.timed_out as "timed_out!", total.canceled as "canceled!",
  holdfast.overall_status(execution.strategy, total.root_total, total.root_pending, total.root_running, total.root_succeeded,
    total.root_failed, total.root_timed_out, total.root_canceled) as "overall!"
from holdfast.executions as execution
cross join total
where execution.id = :executionId
