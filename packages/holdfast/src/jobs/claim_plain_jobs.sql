-- Claims at most `limit` ready jobs of one queue without limits, in the order of rank, turn, time and push. The jobs require nothing.
-- This is the usual claim. holdfast.claim_jobs takes over within this statement if the queue has limits, or a chunk comes in between. It
-- also does if a job is due, a lease has expired or a group was opened. Rows are found again by their place (ctid), which nobody changes
-- while they are locked. Rows that changed after this statement began are invisible here, and left to the next claim.
-- Index: ready_order and ready_chunks_order, in order; scheduled_due, leases_of_queue, lease_chunks_of_queue, openings_of_queue. Locks:
-- rows of ready, skipping those that others have locked.
-- :many scan: of queues, which holds the few that something is set for
with standing as materialized (
  select coalesce(setting.paused_at is not null, false) as is_paused,
    coalesce(setting.is_limited, false) or exists (
      select from holdfast.scheduled as work where work.queue = :queue and work.run_at <= holdfast.now()
    ) or exists (
      select from holdfast.leases as lease where lease.queue = :queue and lease.lease_until <= holdfast.now()
    ) or exists (
      select from holdfast.lease_chunks as chunk where chunk.queue = :queue and chunk.lease_until <= holdfast.now()
    ) or (
      -- The order makes the planner use the index, even in a plan from when the table was empty.
      select true from holdfast.openings as opening where opening.queue = :queue order by opening.group_key limit 1
    ) is not null or exists (
      -- A chunk before the last single job that qualifies.
      select
      from (
        select each.rank, each.run_at, each.sequence
        from holdfast.ready_chunks as each where each.queue = :queue order by each.rank, each.run_at, each.sequence limit 1
      ) as chunk
      where :limit::bigint > (
        select count(*) from (
          select
          from holdfast.ready as work
          where work.queue = :queue and work.kind = 'job' and work.route = ''
            and (work.rank, work.turn, work.run_at, work.sequence) < (chunk.rank, 0, chunk.run_at, chunk.sequence)
          order by work.rank, work.turn, work.run_at, work.sequence
          limit :limit::bigint
        ) as single
      )
    )
    -- Once in 256 jobs, to fold counts.
    or coalesce(pg_sequence_last_value('holdfast.tokens'), 0) % 512 = 1 as needs_more,
    setting.timeout_ms
  from (select) as one
  left join holdfast.queues as setting on setting.name = :queue
), head as materialized (
  select found.ctid as place
  from holdfast.ready as found
  where found.queue = :queue and found.kind = 'job' and found.route = ''
  order by found.rank, found.turn, found.run_at, found.sequence
  limit (select case when standing.is_paused or standing.needs_more then 0 else :limit::bigint end from standing)
  for update skip locked
), picked as materialized (
  select array_agg(head.place) as places from head
), gone as (
  delete from holdfast.ready as work
  using (
    select given.place, given.position
    from picked
    cross join lateral unnest(picked.places) with ordinality as given(place, position)
    -- Cuts nothing off. It makes the planner expect one row instead of ten from an array, so it always looks rows up by place.
    limit (select :limit::bigint)
  ) as chosen
  where work.ctid = chosen.place
  -- The token is drawn here instead of at the insert: joining those rows with these would compare all with all.
  returning work.id, work.attempts, case when work.has_place then work.group_key end as group_key, work.is_linked, chosen.position,
    nextval('holdfast.tokens') as token
), leased as (
  insert into holdfast.leases (kind, id, token, queue, lease_until, claimed_at, attempts, holder, group_key, is_linked)
  select 'job', gone.id, gone.token, :queue, holdfast.now() + :leaseMs::bigint * interval '1 millisecond', holdfast.now(),
    gone.attempts + 1, :holder?::text, gone.group_key, gone.is_linked
  from gone
)
select gone.position as "position!", gone.id as "id?", :queue::text as "queue!", gone.token as "token!", job.priority as "priority!",
  gone.attempts + 1 as "attempts!", job.max_attempts as "max_attempts!",
  job.timeout_ms as "timeout_ms?", (select standing.timeout_ms from standing) as "queue_timeout_ms?",
  holdfast.now() + :leaseMs::bigint * interval '1 millisecond' as "lease_until!", job.run_at as "run_at!", job.created_at as "created_at!", job.execution_id::text as "execution_id?", job.payload as "payload?",
  job.trace_context as "trace_context?", null::text[] as "woken?",
  null::text[] as "died?"
from gone
cross join lateral (
  select stored.id, stored.priority, stored.run_at, stored.max_attempts, stored.timeout_ms, stored.created_at, stored.execution_id,
    stored.payload, stored.trace_context
  from holdfast.jobs as stored
  where stored.id = gone.id
  limit 1
) as job
union all
select claimed.pos, claimed.id, claimed.queue, claimed.token, claimed.priority, claimed.attempts, claimed.max_attempts, claimed.timeout_ms,
  claimed.queue_timeout_ms, claimed.lease_until, claimed.run_at, claimed.created_at, claimed.execution_id, claimed.payload, claimed.trace_context,
  claimed.woken, claimed.died
from standing
cross join lateral holdfast.claim_jobs(
  array[:queue], :limit::bigint, :leaseMs::bigint, :holder?::text, '{}', :expiredError::json
) as claimed
where standing.needs_more and not standing.is_paused
