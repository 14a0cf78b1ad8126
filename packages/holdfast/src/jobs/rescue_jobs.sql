-- Takes jobs from holders whose leases have run out: ready again, or dead where that was the last attempt, with the jobs that come
-- after them settled. Of the given queues, or of all where none is given, which are then found by stepping through the index.
-- Answers how many of each, and the queues in which there may be something to claim.
-- Index: jobs_running. Locks: jobs, skipping those that others have locked, then dependents in id order.
-- :one
with recursive busy_queue as (
  (
    select job.queue::text as name
    from holdfast.jobs as job
    where job.state = 'running' and cardinality(:queues::text[]) = 0
    order by job.queue
    limit 1
  )
  union all
  select (
    select job.queue::text
    from holdfast.jobs as job
    where job.state = 'running' and job.queue > busy_queue.name
    order by job.queue
    limit 1
  )
  from busy_queue
  where busy_queue.name is not null
), wanted as materialized (
  select distinct given.name from unnest((select :queues::text[])) as given(name)
  union all
  select busy_queue.name from busy_queue where busy_queue.name is not null
), locked as materialized (
  select found.id, found.lease_until
  from wanted
  cross join lateral (
    select job.id, job.lease_until
    from holdfast.jobs as job
    where job.queue = wanted.name and job.state = 'running' and job.lease_until <= holdfast.now()
    order by job.lease_until
    limit :limit
    for no key update skip locked
  ) as found
), expired as (
  select locked.id from locked order by locked.lease_until limit :limit
), rescued as (
  update holdfast.jobs as job set
    state = case when job.attempts >= job.max_attempts then 'dead' else 'ready' end::holdfast.job_state,
    turn = 0,
    lease_until = null,
    finished_at = case when job.attempts >= job.max_attempts then holdfast.now() end,
    error = case when job.attempts >= job.max_attempts then :expiredError::json else job.error end
  from expired
  where job.id = expired.id
  returning job.id, job.queue, job.state, job.has_dependents
), settled as materialized (
  select holdfast.settle_dependents(array_agg(rescued.id::text)) as woken
  from rescued
  where rescued.state = 'dead' and rescued.has_dependents
  having count(*) > 0
)
select count(*) filter (where rescued.state = 'ready') as "reclaimed!",
  count(*) filter (where rescued.state = 'dead') as "died!",
  array_agg(distinct rescued.queue::text) as "freed?",
  (select settled.woken from settled) as "woken?"
from rescued
