-- Says of every group of a queue in whose line a job waits that it may have room, as after a change of its limit. Runs behind the
-- lock of the queue. Groups are found by stepping through the index.
-- Index: jobs_ready_in_group. Locks: none.
-- :exec
with recursive waiting as (
  (
    select job.group_key::text as group_key, job.rank, job.turn
    from holdfast.jobs as job
    where job.queue = :queue and job.state = 'ready' and job.has_group_limit
    order by job.group_key, job.rank, job.turn
    limit 1
  )
  union all
  select next.group_key, next.rank, next.turn
  from waiting
  cross join lateral (
    select job.group_key::text as group_key, job.rank, job.turn
    from holdfast.jobs as job
    where job.queue = :queue and job.state = 'ready' and job.has_group_limit and job.group_key > waiting.group_key
    order by job.group_key, job.rank, job.turn
    limit 1
  ) as next
)
insert into holdfast.job_openings (queue, group_key, route, rank, turn)
select :queue, waiting.group_key, '*', waiting.rank, waiting.turn
from waiting
