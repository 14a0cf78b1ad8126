-- Claims ready jobs that require nothing of one queue, at most `limit`, in the order of rank, turn, moment and push: what nearly all
-- claims are, by less than half of what claim_jobs has to do. Where there is more to look at it claims nothing, and answers one row:
-- in state ready where the queue has limits, and in state scheduled where a job has become due or a lease has run out.
-- Rows are found again by their place, which nobody changes while they are locked. One that was changed after this statement began is
-- not seen there, and is left to the next claim.
-- Index: jobs_ready, in order, jobs_scheduled, jobs_running. Locks: jobs, skipping those that others have locked.
-- :many scan: of queues, which holds the few that something is set for
with standing as materialized (
  select
    exists (select from holdfast.queues as queue where queue.name = :queue and queue.paused_at is not null) as is_paused,
    exists (select from holdfast.queues as queue where queue.name = :queue and queue.is_limited) as is_limited,
    exists (
      select from holdfast.jobs as due where due.queue = :queue and due.state = 'scheduled' and due.run_at <= holdfast.now()
    ) or exists (
      select from holdfast.jobs as expired
      where expired.queue = :queue and expired.state = 'running' and expired.lease_until <= holdfast.now()
    ) as has_due
), ready as materialized (
  select job.ctid as place
  from holdfast.jobs as job
  where job.queue = :queue and job.route = '' and job.state = 'ready' and not job.has_group_limit
    and (select not (standing.is_paused or standing.is_limited or standing.has_due) from standing)
  order by job.rank, job.turn, job.run_at, job.sequence
  limit (select :limit::bigint)
  for no key update skip locked
), picked as materialized (
  select array_agg(ready.place) as places from ready
), changed as (
  update holdfast.jobs as job set
    state = 'running',
    attempts = job.attempts + 1,
    token = nextval('holdfast.tokens'),
    lease_until = holdfast.now() + :leaseMs::bigint * interval '1 millisecond',
    holder = :holder?::text,
    started_at = holdfast.now()
  from picked
  cross join lateral unnest(picked.places) with ordinality as change(place, position)
  where job.ctid = change.place
  returning job.id, job.state, job.priority, job.run_at, job.attempts, job.max_attempts, job.token, job.lease_until, job.created_at,
    job.execution_id, job.payload, change.position
)
select changed.position::integer as "position!", changed.id::text as "id!", changed.state as "state!", changed.priority as "priority!",
  changed.run_at as "run_at!", changed.attempts as "attempts!", changed.max_attempts as "max_attempts!", changed.token as "token!",
  changed.lease_until as "lease_until!", changed.created_at as "created_at!", changed.execution_id::text as "execution_id?",
  changed.payload as "payload?"
from changed
union all
select 0, '', case when standing.is_limited then 'ready' else 'scheduled' end::holdfast.job_state, 0, holdfast.now(), 0, 0, 0,
  holdfast.now(), holdfast.now(), null, null
from standing
where (standing.is_limited or standing.has_due) and not standing.is_paused
