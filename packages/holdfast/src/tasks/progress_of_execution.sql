-- How many tasks of an execution are in each status, at any depth; and the status that those without a parent give it by
-- its strategy, for they speak for the tasks below them.
-- Index: executions_pkey, tasks_of_execution.
-- :maybe
with counted as (
  select count(*) filter (where child.parent_id is null) as root_total,
    count(*) filter (where child.parent_id is null and child.status = 'pending') as root_pending,
    count(*) filter (where child.parent_id is null and child.status = 'succeeded') as root_succeeded,
    count(*) filter (where child.parent_id is null and child.status = 'failed') as root_failed,
    count(*) filter (where child.parent_id is null and child.status = 'timed_out') as root_timed_out,
    count(*) filter (where child.parent_id is null and child.status = 'canceled') as root_canceled,
    count(*) filter (where child.parent_id is null and child.status in ('running', 'waiting', 'paused')) as root_running,
    count(*) filter (where child.status = 'pending') as pending,
    count(*) filter (where child.status = 'running') as running,
    count(*) filter (where child.status = 'waiting') as waiting,
    count(*) filter (where child.status = 'paused') as paused,
    count(*) filter (where child.status = 'succeeded') as succeeded,
    count(*) filter (where child.status = 'failed') as failed,
    count(*) filter (where child.status = 'timed_out') as timed_out,
    count(*) filter (where child.status = 'canceled') as canceled
  from holdfast.tasks as child
  where child.execution_id = :executionId
)
select counted.pending as "pending!", counted.running as "running!", counted.waiting as "waiting!", counted.paused as "paused!",
  counted.succeeded as "succeeded!", counted.failed as "failed!", counted.timed_out as "timed_out!",
  counted.canceled as "canceled!",
  holdfast.overall_status(execution.strategy, counted.root_total, counted.root_pending, counted.root_running,
    counted.root_succeeded, counted.root_failed, counted.root_timed_out, counted.root_canceled) as "overall!"
from holdfast.executions as execution
cross join counted
where execution.id = :executionId
