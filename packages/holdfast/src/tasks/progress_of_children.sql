-- How many children of a task are in each status, and the status that they give it by its strategy. Of several attempts under
-- one name, the newest counts. They are grouped first, so that many children of few names are not sorted.
-- Index: tasks_pkey, tasks_of_parent.
-- :maybe
with grouped as (
  select child.name, child.attempt, child.status, count(*) as tasks
  from holdfast.tasks as child
  where child.parent_id = :parentId
  group by child.name, child.attempt, child.status
), newest as (
  select grouped.status, grouped.tasks, grouped.attempt = max(grouped.attempt) over (partition by grouped.name) as is_newest
  from grouped
), counted as (
  select coalesce(sum(newest.tasks), 0)::bigint as total,
    coalesce(sum(newest.tasks) filter (where newest.status = 'pending'), 0)::bigint as pending,
    coalesce(sum(newest.tasks) filter (where newest.status = 'running'), 0)::bigint as running,
    coalesce(sum(newest.tasks) filter (where newest.status = 'waiting'), 0)::bigint as waiting,
    coalesce(sum(newest.tasks) filter (where newest.status = 'paused'), 0)::bigint as paused,
    coalesce(sum(newest.tasks) filter (where newest.status = 'succeeded'), 0)::bigint as succeeded,
    coalesce(sum(newest.tasks) filter (where newest.status = 'failed'), 0)::bigint as failed,
    coalesce(sum(newest.tasks) filter (where newest.status = 'timed_out'), 0)::bigint as timed_out,
    coalesce(sum(newest.tasks) filter (where newest.status = 'canceled'), 0)::bigint as canceled
  from newest
  where newest.is_newest
)
select counted.pending as "pending!", counted.running as "running!", counted.waiting as "waiting!", counted.paused as "paused!",
  counted.succeeded as "succeeded!", counted.failed as "failed!", counted.timed_out as "timed_out!",
  counted.canceled as "canceled!",
  holdfast.overall_status(parent.strategy, counted.total, counted.pending, counted.running + counted.waiting + counted.paused,
    counted.succeeded, counted.failed, counted.timed_out, counted.canceled) as "overall!"
from holdfast.tasks as parent
cross join counted
where parent.id = :parentId
