-- Counts the children of a task by status, and derives the task's status by its strategy. Of several attempts under one name, the newest
-- counts. All children are counted, and the few that a later attempt replaced are subtracted.
-- Index: tasks_pkey, tasks_of_parent, tasks_retried, tasks_of_parent_by_name.
-- :maybe
with retried as materialized (
  select task.name, max(task.attempt) as newest
  from holdfast.tasks as task
  where task.execution_id = (select parent.execution_id from holdfast.tasks as parent where parent.id = :parentId)
    and task.parent_id = :parentId and task.attempt > 1
  group by task.name
), counted as (
  select child.status, count(*) as tasks
  from holdfast.tasks as child
  where child.parent_id = :parentId
  group by child.status
  union all
  select former.status, -count(*)
  from retried
  join holdfast.tasks as former on former.parent_id = :parentId and former.name = retried.name and former.attempt < retried.newest
  group by former.status
), total as (
  select coalesce(sum(counted.tasks), 0)::bigint as tasks,
    coalesce(sum(counted.tasks) filter (where counted.status = 'pending'), 0)::bigint as pending,
    coalesce(sum(counted.tasks) filter (where counted.status = 'running'), 0)::bigint as running,
    coalesce(sum(counted.tasks) filter (where counted.status = 'waiting'), 0)::bigint as waiting,
    coalesce(sum(counted.tasks) filter (where counted.status = 'paused'), 0)::bigint as paused,
    coalesce(sum(counted.tasks) filter (where counted.status = 'succeeded'), 0)::bigint as succeeded,
    coalesce(sum(counted.tasks) filter (where counted.status = 'failed'), 0)::bigint as failed,
    coalesce(sum(counted.tasks) filter (where counted.status = 'timed_out'), 0)::bigint as timed_out,
    coalesce(sum(counted.tasks) filter (where counted.status = 'canceled'), 0)::bigint as canceled
  from counted
)
select total.pending as "pending!", total.running as "running!", total.waiting as "waiting!", total.paused as "paused!",
  total.succeeded as "succeeded!", total.failed as "failed!", total.timed_out as "timed_out!", total.canceled as "canceled!",
  holdfast.overall_status(parent.strategy, total.tasks, total.pending, total.running + total.waiting + total.paused,
    total.succeeded, total.failed, total.timed_out, total.canceled) as "overall!"
from holdfast.tasks as parent
cross join total
where parent.id = :parentId
