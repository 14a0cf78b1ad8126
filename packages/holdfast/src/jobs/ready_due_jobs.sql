-- Makes jobs ready whose moment has come or whose lease has run out, in queues that are not paused; or ends them dead where that
-- was the last attempt, and settles the jobs that come after them. At least a hundred of each kind a queue are looked at. Answers the
-- queues that were woken by that.
-- Index: jobs_scheduled, jobs_running. Locks: jobs, skipping those that others have locked, then dependents in id order.
-- :one scan: of queues, which holds the few that something is set for
with open_queue as materialized (
  select distinct given.name
  from unnest((select :queues::text[])) as given(name)
  where not exists (select from holdfast.queues as queue where queue.name = given.name and queue.paused_at is not null)
), due as materialized (
  select found.id
  from open_queue
  cross join lateral (
    select job.id
    from holdfast.jobs as job
    where job.queue = open_queue.name and job.state = 'scheduled' and job.run_at <= holdfast.now()
    order by job.run_at
    limit greatest((select :limit::bigint), 100)
    for no key update skip locked
  ) as found
), expired as materialized (
  select found.id
  from open_queue
  cross join lateral (
    select job.id
    from holdfast.jobs as job
    where job.queue = open_queue.name and job.state = 'running' and job.lease_until <= holdfast.now()
    order by job.lease_until
    limit greatest((select :limit::bigint), 100)
    for no key update skip locked
  ) as found
), change as (
  select due.id from due
  union all
  select expired.id from expired
  -- Cuts nothing. It makes the planner expect few rows, and so go by the index even in a plan from when the table was empty.
  limit 2 * greatest(:limit, 100) * cardinality(:queues::text[])
), changed as (
  update holdfast.jobs as job set
    state = case when job.state = 'running' and job.attempts >= job.max_attempts then 'dead' else 'ready' end::holdfast.job_state,
    turn = case when job.state = 'running' then 0 else job.turn end,
    lease_until = null,
    finished_at = case when job.state = 'running' and job.attempts >= job.max_attempts then holdfast.now() end,
    error = case when job.state = 'running' and job.attempts >= job.max_attempts then :expiredError::json else job.error end
  from change
  where job.id = change.id
  returning job.id, job.state, job.has_dependents
)
select (
  select holdfast.settle_dependents(array_agg(changed.id::text))
  from changed
  where changed.state = 'dead' and changed.has_dependents
  having count(*) > 0
) as "woken?"
