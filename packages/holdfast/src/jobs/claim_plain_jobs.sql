-- Claims ready jobs that require nothing of one queue, at most `limit`, in the order of rank, turn, moment and push: what nearly all
-- claims are, by less than half of what claim_jobs has to do. Where the queue has limits, but none for its groups, no more than its
-- concurrency and its rate leave room for, and only behind lock_limited_queues. What is more than that it leaves to another statement:
-- it claims nothing then, and answers one row in state ready that names it.
-- Rows are found again by their place, which nobody changes while they are locked. One that was changed after this statement began is
-- not seen there, and is left to the next claim.
-- Index: jobs_ready, in order, jobs_scheduled, jobs_running. Locks: jobs, skipping those that others have locked; the queue, if it has
-- limits, is locked already.
-- :many scan: of queues, which holds the few that something is set for
with standing as materialized (
  select setting.is_limited, setting.concurrency, setting.rate_limit, setting.rate_period_ms, setting.rate_full_at,
    coalesce(setting.paused_at is not null, false) as is_paused,
    case
      when setting.is_limited and (setting.has_group_limit or due.is_found) then 'claim_limited_jobs'
      when due.is_found then 'claim_jobs'
      when setting.is_limited and not :isLocked::boolean then 'lock_limited_queues'
    end as left_to
  from (
    select exists (
      select from holdfast.jobs as job where job.queue = :queue and job.state = 'scheduled' and job.run_at <= holdfast.now()
    ) or exists (
      select from holdfast.jobs as job where job.queue = :queue and job.state = 'running' and job.lease_until <= holdfast.now()
    ) as is_found
  ) as due
  left join holdfast.queues as setting on setting.name = :queue
), ready as materialized (
  select job.ctid as place
  from holdfast.jobs as job
  where job.queue = :queue and job.route = '' and job.state = 'ready' and not job.has_group_limit
  order by job.rank, job.turn, job.run_at, job.sequence
  limit (
    select case
      when standing.is_paused or standing.left_to is not null then 0
      else greatest(0, least(
        :limit::bigint,
        case when standing.concurrency is not null then standing.concurrency - (
          select count(*)
          from (
            select from holdfast.jobs as running
            where running.queue = :queue and running.state = 'running'
            limit standing.concurrency
          ) as busy
        ) end,
        -- Rounded down, but for what the moments' own rounding took away.
        case when standing.rate_limit is not null then floor(standing.rate_limit * (1 - greatest(0,
          extract(epoch from standing.rate_full_at - holdfast.now()) * 1000) / standing.rate_period_ms) + 0.0001)::bigint end
      ))
    end
    from standing
  )
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
  from (
    select given.place, given.position
    from picked
    cross join lateral unnest(picked.places) with ordinality as given(place, position)
    -- Cuts nothing. It makes the planner expect one row, and so go by the place even in a plan from when the table was empty.
    limit (select :limit::bigint)
  ) as change
  where job.ctid = change.place
  returning job.id, job.state, job.priority, job.run_at, job.attempts, job.max_attempts, job.token, job.turn, job.lease_until,
    job.created_at, job.execution_id, job.payload, change.position
), charged as (
  update holdfast.queues as queue set
    turn = greatest(queue.turn, started.turn),
    rate_full_at = case when queue.rate_limit is not null then greatest(queue.rate_full_at, holdfast.now())
      + started.count * queue.rate_period_ms / queue.rate_limit::double precision * interval '1 millisecond' end
  from (
    select count(*) as count, max(changed.turn) as turn from changed having count(*) > 0
  ) as started
  where queue.name = :queue and queue.is_limited
)
select changed.position::integer as "position!", changed.id::text as "id!", changed.state as "state!", changed.priority as "priority!",
  changed.run_at as "run_at!", changed.attempts as "attempts!", changed.max_attempts as "max_attempts!", changed.token as "token!",
  changed.lease_until as "lease_until!", changed.created_at as "created_at!", changed.execution_id::text as "execution_id?",
  changed.payload as "payload?", null as "left_to?"
from changed
union all
select 0, '', 'ready', 0, holdfast.now(), 0, 0, 0, holdfast.now(), holdfast.now(), null, null, standing.left_to
from standing
where standing.left_to is not null and not standing.is_paused
