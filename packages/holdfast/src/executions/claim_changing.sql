-- Claims at most `limit` executions of queues that are not paused, and returns them whole. The usual claim is of one queue without
-- limits, without a holder's name. It takes ready executions that require nothing, in the order of rank, turn, time and creation.
-- holdfast.claim_executions makes any other claim within this statement. It also takes over if work is due, a lease has expired or a
-- group was opened. A claim writes to the execution only what its caller says, and then skips those that others have locked. Rows are
-- found again by their place (ctid), which nobody changes while they are locked.
-- Index: ready_order, in order; scheduled_due, leases_of_queue, openings_of_queue, executions_pkey, parks_pkey. Locks: rows of ready,
-- and executions that it changes, skipping those that others have locked; or see the steps.
-- :many scan: of queues, which holds the few that something is set for
with standing as materialized (
  select setting.paused_at is not null as is_paused,
    cardinality(:queues::text[]) > 1 or cardinality(:capabilities::text[]) > 0 or setting.paused_at is null and (
      coalesce(setting.is_limited, false) or exists (
        select from holdfast.scheduled as work where work.queue = (:queues::text[])[1] and work.run_at <= holdfast.now()
      ) or exists (
        select from holdfast.leases as lease where lease.queue = (:queues::text[])[1] and lease.lease_until <= holdfast.now()
      ) or (
        -- The order makes the planner use the index, even in a plan from when the table was empty.
        select true from holdfast.openings as opening where opening.queue = (:queues::text[])[1] order by opening.group_key limit 1
      ) is not null
    ) as needs_more
  from (select) as one
  left join holdfast.queues as setting on setting.name = (:queues::text[])[1]
), head as materialized (
  select found.ctid as place
  from holdfast.ready as found
  where found.queue = (:queues::text[])[1] and found.kind = 'execution' and found.route = ''
    and holdfast.lock_claimable(found.id)
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
  returning work.id, work.queue, work.attempts + 1 as attempts, case when work.has_place then work.group_key end as group_key,
    chosen.position, nextval('holdfast.tokens') as token
), leased as (
  insert into holdfast.leases (kind, id, token, queue, lease_until, claimed_at, attempts, holder, group_key, is_linked)
  select 'execution', gone.id, gone.token, gone.queue, holdfast.now() + :leaseMs::bigint * interval '1 millisecond', holdfast.now(),
    gone.attempts, :holder?::text, gone.group_key, false
  from gone
), changed as (
  update holdfast.executions as stored set
    version = stored.version + 1, status = coalesce(:status?::holdfast.status, stored.status), updated_at = holdfast.now(),
    started_at = holdfast.started_at(stored.started_at, coalesce(:status, stored.status)),
    usage = case when :usage?::jsonb is null then stored.usage else holdfast.add_usage(stored.usage, :usage) end
  from (select gone.position, gone.id, gone.token, gone.attempts from gone limit (select :limit::bigint)) as taken
  where stored.id = any(array[taken.id])
  returning taken.position, taken.token, taken.attempts, stored as whole
)
select claimed.position as "position!", claimed.token as "token!", claimed.attempts as "attempts!",
  holdfast.now() + :leaseMs::bigint * interval '1 millisecond' as "lease_until!", (claimed.execution).id as "id!",
  (claimed.execution).version as "version!", (claimed.execution).status as "status!", (claimed.execution).strategy as "strategy!",
  (claimed.execution).definition_name as "definition_name?", (claimed.execution).definition_version as "definition_version?",
  (claimed.execution).parent_id as "parent_id?", (claimed.execution).parent_task_id as "parent_task_id?",
  (claimed.execution).idempotency_key as "idempotency_key?", (claimed.execution).labels as "labels!", (claimed.execution).usage as "usage!",
  (claimed.execution).created_at as "created_at!", (claimed.execution).updated_at as "updated_at!", (claimed.execution).started_at as "started_at?",
  (claimed.execution).finished_at as "finished_at?", (claimed.execution).input as "input?", (claimed.execution).state as "state?",
  (claimed.execution).output as "output?", (claimed.execution).error as "error?", (claimed.execution).trace_context as "trace_context?",
  (claimed.park).execution_id is not null as "was_parked!", (claimed.park).woken_by as "woken_by?", (claimed.park).step as "step?",
  (claimed.park).key as "key?", (claimed.park).payload as "payload?", (claimed.park).trace_context as "wake_trace_context?"
from (
  select changed.position, changed.token, changed.attempts, changed.whole as execution, park.whole as park
  from changed
  left join lateral (
    select stored as whole from holdfast.parks as stored where stored.execution_id = (changed.whole).id limit 1
  ) as park on true
  union all
  select general.pos, general.token, general.attempts, general.execution, general.park
  from standing
  cross join lateral holdfast.claim_executions(:queues, :limit::bigint, :leaseMs::bigint, :holder?::text, :capabilities,
    :expiredError::json, :expiredLast::boolean, :status, :usage) as general
  where standing.needs_more
) as claimed
