-- Claims ready executions that require nothing of one queue without limits, at most `limit`, in the order of rank, turn, moment and
-- creation: the usual claim. Where the queue has limits, or work there is due, its lease has run out or its group was opened,
-- holdfast.claim_executions claims instead, within this statement. A claim writes nothing to the execution.
-- Rows are found again by their place, which nobody changes while they are locked.
-- Index: ready_order, in order; scheduled_due, leases_of_queue, openings_of_queue, executions_pkey, parks_pkey. Locks: rows of ready,
-- skipping those that others have locked.
-- :many scan: of queues, which holds the few that something is set for
with standing as materialized (
  select coalesce(setting.paused_at is not null, false) as is_paused,
    coalesce(setting.is_limited, false) or exists (
      select from holdfast.scheduled as work where work.queue = :queue and work.run_at <= holdfast.now()
    ) or exists (
      select from holdfast.leases as lease where lease.queue = :queue and lease.lease_until <= holdfast.now()
    ) or (
      -- Ordered, so that it goes by the index even in a plan from when the table was empty.
      select true from holdfast.openings as opening where opening.queue = :queue order by opening.group_key limit 1
    ) is not null as needs_more
  from (select) as one
  left join holdfast.queues as setting on setting.name = :queue
), head as materialized (
  select found.ctid as place
  from holdfast.ready as found
  where found.queue = :queue and found.kind = 'execution' and found.route = ''
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
    -- Cuts nothing. It makes the planner expect one row of the ten of an array, and so go by the place whatever it knows of the table.
    limit (select :limit::bigint)
  ) as chosen
  where work.ctid = chosen.place
  returning work.id, work.attempts, case when work.has_place then work.group_key end as group_key, chosen.position
), leased as (
  insert into holdfast.leases (kind, id, token, queue, lease_until, claimed_at, attempts, holder, group_key, is_linked)
  select 'execution', gone.id, nextval('holdfast.tokens'), :queue, holdfast.now() + :leaseMs::bigint * interval '1 millisecond',
    holdfast.now(), gone.attempts + 1, :holder?::text, gone.group_key, false
  from gone
  on conflict do nothing
  returning id, token, attempts, lease_until
), claimed as (
  select gone.position, leased.id, leased.token, leased.attempts, leased.lease_until from gone join leased on leased.id = gone.id
  union all
  select general.pos, general.id, general.token, general.attempts, general.lease_until
  from standing
  cross join lateral holdfast.claim_executions(
    array[:queue], :limit::bigint, :leaseMs::bigint, :holder?::text, '{}', :expiredError::json, :behind::boolean
  ) as general
  where standing.needs_more and not standing.is_paused
)
select claimed.position as "position!", claimed.token as "token!", claimed.attempts as "attempts!",
  claimed.lease_until as "lease_until!", execution.id as "id!", execution.version as "version!", execution.status as "status!",
  execution.strategy as "strategy!", execution.definition_name as "definition_name?",
  execution.definition_version as "definition_version?", execution.parent_id as "parent_id?",
  execution.idempotency_key as "idempotency_key?", execution.labels as "labels!", execution.usage as "usage!",
  execution.created_at as "created_at!", execution.updated_at as "updated_at!", execution.started_at as "started_at?",
  execution.finished_at as "finished_at?", execution.input as "input?", execution.state as "state?", execution.output as "output?",
  execution.error as "error?", park.execution_id is not null as "was_parked!", park.woken_by as "woken_by?", park.step as "step?",
  park.key as "key?", park.payload as "payload?"
from claimed
cross join lateral (
  select stored.id, stored.version, stored.status, stored.strategy, stored.definition_name, stored.definition_version,
    stored.parent_id, stored.idempotency_key, stored.labels, stored.usage, stored.created_at, stored.updated_at, stored.started_at,
    stored.finished_at, stored.input, stored.state, stored.output, stored.error
  from holdfast.executions as stored
  where stored.id = claimed.id
  limit 1
) as execution
left join lateral (
  select stored.execution_id, stored.woken_by, stored.step, stored.key, stored.payload
  from holdfast.parks as stored
  where stored.execution_id = claimed.id
  limit 1
) as park on true
