-- Removes jobs that ended in one of the given states at least so long ago, at most `limit`, the oldest of each queue first. The
-- jobs of an execution stay, however long ago they ended: an engine that repeats a step pushes them again by their ids, and they
-- go with the execution. One that still has its throttled unique key stays until it loses it. Nothing comes after a job that has
-- ended, for its edges went when it did. Queues and states are found by stepping through the index.
-- Index: jobs_ended, jobs_pkey. Locks: jobs, skipping those that others have locked.
-- :one
with recursive place as (
  (
    select job.queue::text as queue, job.state
    from holdfast.jobs as job
    where job.state in ('succeeded', 'dead', 'canceled')
    order by job.queue, job.state
    limit 1
  )
  union all
  select next.queue, next.state
  from place
  cross join lateral (
    select job.queue::text as queue, job.state
    from holdfast.jobs as job
    where job.state in ('succeeded', 'dead', 'canceled') and (job.queue, job.state) > (place.queue, place.state)
    order by job.queue, job.state
    limit 1
  ) as next
), removed as (
  delete from holdfast.jobs as job
  where job.id = any(array(
    select found.id
    from place
    cross join lateral (
      select ended.id
      from holdfast.jobs as ended
      where ended.queue = place.queue and ended.state = place.state and ended.state in ('succeeded', 'dead', 'canceled')
        and ended.execution_id is null and ended.finished_at <= holdfast.now() - :keepMs::bigint * interval '1 millisecond'
        and (ended.throttled_until is null or ended.throttled_until <= holdfast.now())
      order by ended.finished_at
      limit :limit
      for update skip locked
    ) as found
    where place.state = any(:states::holdfast.job_state[])
    limit :limit
  ))
  returning job.id
)
select count(*) as "removed!"
from removed
