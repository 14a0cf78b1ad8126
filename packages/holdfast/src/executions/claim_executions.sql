-- Claims executions of queues that are not paused, at most `limit`, and gives them whole. The usual claim is of one queue without limits,
-- by nobody in particular: it takes what is ready and requires nothing, in the order of rank, turn, moment and creation. Any other, or one
-- where work is due, a lease has run out or a group was opened, is made by holdfast.claim_executions, within this statement.
-- A claim writes nothing to the execution. Rows are found again by their place, which nobody changes while they are locked.
-- Index: ready_order, in order; scheduled_due, leases_of_queue, openings_of_queue, executions_pkey, parks_pkey. Locks: rows of ready,
-- skipping those that others have locked; or see the steps.
-- :many scan: of queues, which holds the few that something is set for
with standing as materialized (
  select setting.paused_at is not null as is_paused,
    cardinality(:queues::text[]) > 1 or cardinality(:capabilities::text[]) > 0 or setting.paused_at is null and (
      coalesce(setting.is_limited, false) or exists (
        select from holdfast.scheduled as work where work.queue = (:queues::text[])[1] and work.run_at <= holdfast.now()
      ) or exists (
        select from holdfast.leases as lease where lease.queue = (:queues::text[])[1] and lease.lease_until <= holdfast.now()
      ) or (
        -- Ordered, so that it goes by the index even in a plan from when the table was empty.
        select true from holdfast.openings as opening where opening.queue = (:queues::text[])[1] order by opening.group_key limit 1
      ) is not null
    ) as needs_more
  from (select) as one
  left join holdfast.queues as setting on setting.name = (:queues::text[])[1]
), head as materialized (
  select found.ctid as place
  from holdfast.ready as found
  where found.queue = (:queues::text[])[1] and found.kind = 'execution' and found.route = ''
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
  -- The token is drawn here, and not at the insert: to join its rows with these would compare all with all.
  returning work.id, work.queue, work.attempts + 1 as attempts, case when work.has_place then work.group_key end as group_key,
    chosen.position, nextval('holdfast.tokens') as token
), leased as (
  insert into holdfast.leases (kind, id, token, queue, lease_until, claimed_at, attempts, holder, group_key, is_linked)
  select 'execution', gone.id, gone.token, gone.queue, holdfast.now() + :leaseMs::bigint * interval '1 millisecond', holdfast.now(),
    gone.attempts, :holder?::text, gone.group_key, false
  from gone
), claimed as (
  select gone.position, gone.id, gone.token, gone.attempts from gone
  union all
  select general.pos, general.id, general.token, general.attempts
  from standing
  cross join lateral holdfast.claim_executions(:queues, :limit::bigint, :leaseMs::bigint, :holder?::text, :capabilities,
    :expiredError::json, :behind::boolean) as general
  where standing.needs_more
)
select claimed.position as "position!", claimed.token as "token!", claimed.attempts as "attempts!",
  holdfast.now() + :leaseMs::bigint * interval '1 millisecond' as "lease_until!", execution.id as "id!", execution.version as "version!",
  execution.status as "status!", execution.strategy as "strategy!", execution.definition_name as "definition_name?",
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
