-- Claims jobs of queues that are not paused, at most `limit`, by priority, moment and push order: those that are ready, those whose
-- moment has come, and those whose lease has run out. A job whose lease ran out on its last attempt ends dead instead, and the
-- jobs that come after it are settled. What had become ready but is above the limit is made ready, for the next claim; at least a
-- hundred a queue are looked at, so that small claims too find the first among many that became due at once.
-- Answers the claimed jobs in order, and the dead ones with the queues that their end woke.
-- The chosen ids go through arrays and a limit that cuts nothing. Of a LIMIT that is a parameter the planner expects a tenth of the
-- table, and would read all of it; of this it expects one row, and goes by the index even in a plan from when the table was empty.
-- Index: jobs_ready, jobs_scheduled, jobs_running, in order per queue. Locks: jobs, skipping those that others have locked.
-- :many scan: of queues, which holds the few that something is set for
with open_queue as materialized (
  select distinct given.name
  from unnest(:queues::text[]) as given(name)
  where not exists (select from holdfast.queues as queue where queue.name = given.name and queue.paused_at is not null)
), ready as materialized (
  select found.id, found.priority, found.run_at, found.sequence
  from open_queue
  cross join lateral (
    select job.id, job.priority, job.run_at, job.sequence
    from holdfast.jobs as job
    where job.queue = open_queue.name and job.state = 'ready'
    order by job.priority, job.run_at, job.sequence
    limit :limit
    for no key update skip locked
  ) as found
), due as materialized (
  select found.id, found.priority, found.run_at, found.sequence
  from open_queue
  cross join lateral (
    select job.id, job.priority, job.run_at, job.sequence
    from holdfast.jobs as job
    where job.queue = open_queue.name and job.state = 'scheduled' and job.run_at <= holdfast.now()
    order by job.run_at
    limit greatest(:limit, 100)
    for no key update skip locked
  ) as found
), expired as materialized (
  select found.id, found.priority, found.run_at, found.sequence, found.attempts >= found.max_attempts as is_spent
  from open_queue
  cross join lateral (
    select job.id, job.priority, job.run_at, job.sequence, job.attempts, job.max_attempts
    from holdfast.jobs as job
    where job.queue = open_queue.name and job.state = 'running' and job.lease_until <= holdfast.now()
    order by job.lease_until
    limit greatest(:limit, 100)
    for no key update skip locked
  ) as found
), candidate as (
  select id, priority, run_at, sequence, true as is_ready from ready
  union all
  select id, priority, run_at, sequence, false from due
  union all
  select id, priority, run_at, sequence, false from expired where not is_spent
), ranked as materialized (
  select candidate.id, candidate.is_ready,
    row_number() over (order by candidate.priority, candidate.run_at, candidate.sequence) <= :limit as is_chosen
  from candidate
), picked as materialized (
  select array_agg(chosen.id) as ids, array_agg(chosen.state) as states
  from (
    select ranked.id::text as id, case when ranked.is_chosen then 'running' else 'ready' end::holdfast.job_state as state
    from ranked
    where ranked.is_chosen or not ranked.is_ready
    union all
    select expired.id::text, 'dead' from expired where expired.is_spent
  ) as chosen
), change as (
  select given.id, given.state
  from picked
  cross join lateral unnest(picked.ids, picked.states) as given(id, state)
  limit 3 * greatest(:limit, 100) * cardinality(:queues::text[])
), changed as (
  update holdfast.jobs as job set
    state = change.state,
    attempts = job.attempts + (change.state = 'running')::integer,
    token = job.token + (change.state = 'running')::integer,
    lease_until = case when change.state = 'running' then holdfast.now() + :leaseMs::bigint * interval '1 millisecond' end,
    holder = case change.state when 'running' then :holder?::text when 'dead' then job.holder end,
    started_at = case when change.state = 'running' then holdfast.now() else job.started_at end,
    finished_at = case when change.state = 'dead' then holdfast.now() end,
    error = case when change.state = 'dead' then :expiredError::json else job.error end
  from change
  where job.id = change.id
  returning job.id, job.queue, job.state, job.priority, job.run_at, job.sequence, job.attempts, job.max_attempts, job.token,
    job.lease_until, job.created_at, job.execution_id, job.has_dependents, job.payload
), settled as materialized (
  select holdfast.settle_dependents(array_agg(changed.id::text)) as woken
  from changed
  where changed.state = 'dead' and changed.has_dependents
  having count(*) > 0
)
select changed.id as "id!", changed.queue as "queue!", changed.state as "state!", changed.priority as "priority!",
  changed.run_at as "run_at!", changed.attempts as "attempts!", changed.max_attempts as "max_attempts!", changed.token as "token!",
  changed.lease_until as "lease_until?", changed.created_at as "created_at!", changed.execution_id as "execution_id?",
  changed.payload as "payload?", settled.woken as "woken?"
from changed
left join settled on changed.state = 'dead'
where changed.state in ('running', 'dead')
order by changed.priority, changed.run_at, changed.sequence
