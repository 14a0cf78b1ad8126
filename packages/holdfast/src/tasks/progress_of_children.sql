-- How many children of a task are in each status, and the status that they give it by its strategy.
-- Index: tasks_pkey, tasks_of_parent.
-- :maybe
with counted as (
  select count(*) as total,
    count(*) filter (where child.status = 'pending') as pending,
    count(*) filter (where child.status = 'running') as running,
    count(*) filter (where child.status = 'waiting') as waiting,
    count(*) filter (where child.status = 'paused') as paused,
    count(*) filter (where child.status = 'succeeded') as succeeded,
    count(*) filter (where child.status = 'failed') as failed,
    count(*) filter (where child.status = 'timed_out') as timed_out,
    count(*) filter (where child.status = 'canceled') as canceled
  from holdfast.tasks as child
  where child.parent_id = :parentId
)
select counted.pending as "pending!", counted.running as "running!", counted.waiting as "waiting!", counted.paused as "paused!",
  counted.succeeded as "succeeded!", counted.failed as "failed!", counted.timed_out as "timed_out!",
  counted.canceled as "canceled!",
  holdfast.overall_status(parent.strategy, counted.total, counted.pending, counted.running + counted.waiting + counted.paused,
    counted.succeeded, counted.failed, counted.timed_out, counted.canceled) as "overall!"
from holdfast.tasks as parent
cross join counted
where parent.id = :parentId
