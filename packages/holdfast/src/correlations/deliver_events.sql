-- Delivers events, one per key, as if one after another. Takes the waits of the key, the oldest or all. If nobody waits, keeps the event,
-- unless the input says otherwise. Answers in input order. If the key has seen the dedupe id, changes nothing and returns the outcome of
-- the first delivery. Stores kept events, and an empty one if only its dedupe id must be remembered. Wakes parked executions. Runs under
-- the locks of lock_correlations.
-- Index: events_dedupe, waits_of_key, waits_pkey, scheduled_pkey. Locks: waits in key and sequence order, then those of
-- holdfast.take_in_turn and holdfast.wake.
-- :many
with input as (
  select given.id, given.key, given.dedupe_id, given.takes_all, given.keeps, given.payload, given.trace_context, given.position,
    coalesce(given.expires_at, holdfast.after_ms(given.ttl_ms)) as expires_at
  from unnest((select :ids::text[]), :keys::text[], :dedupeIds?::text[], :toAll::boolean[], :keeps::boolean[],
    :expiresAt?::timestamptz[], :ttlsMs?::bigint[], :payloads?::json[], :traceContexts?::text[])
    with ordinality as given(id, key, dedupe_id, takes_all, keeps, expires_at, ttl_ms, payload, trace_context, position)
), first as materialized (
  select input.position, known.id, known.delivered_to
  from input
  cross join lateral (
    select stored.id, stored.delivered_to
    from holdfast.events as stored
    where stored.key = input.key and stored.dedupe_id = input.dedupe_id
    limit holdfast.at_most(1)
  ) as known
), fresh as materialized (
  select input.id, input.key, input.dedupe_id, input.takes_all, input.keeps, input.payload, input.trace_context, input.position, input.expires_at
  from input
  where not exists (select from first where first.position = input.position)
  order by input.key collate "C"
), found as materialized (
  select fresh.position, fresh.id as event_id, fresh.payload, fresh.trace_context, waiter.wait
  from fresh
  cross join lateral (
    select stored as wait
    from holdfast.waits as stored
    where stored.key = fresh.key and (stored.expires_at is null or stored.expires_at > holdfast.now())
      -- A parked execution no longer waits if something else has just woken it, in a transaction that could not remove this wait. Not
      -- written with `exists`: the planner may answer that by reading the whole table.
      and (not stored.is_park or (
        select true from holdfast.scheduled as parked where parked.id = stored.execution_id and parked.kind = 'execution'
      ))
    order by stored.sequence
    limit case when fresh.takes_all then null else 1 end
    for update
  ) as waiter
), shared as materialized (
  select (found.wait).execution_id from found where (found.wait).is_park group by (found.wait).execution_id having count(*) > 1 limit 1
), taken as materialized (
  select found.position, found.event_id, found.payload, found.trace_context, found.wait from found where not exists (select from shared)
  union all
  -- Only the first event may wake an execution that is parked for several.
  select fresh.position, fresh.id, fresh.payload, fresh.trace_context, turn.wait
  from holdfast.take_in_turn(array(select fresh.id::text from fresh order by fresh.position),
    array(select fresh.key::text from fresh order by fresh.position), array(select fresh.takes_all from fresh order by fresh.position)) as turn
  join fresh on fresh.id = turn.event
  where exists (select from shared)
), removed as (
  delete from holdfast.waits as stored
  using (select (taken.wait).id from taken where not (taken.wait).is_park limit holdfast.at_most((select count(*) from taken))) as gone
  where stored.id = gone.id
), ended as (
  insert into holdfast.ended_waits (id, key, execution_id, step, status, created_at, expires_at, ended_at, event_id, payload,
    trace_context)
  select (taken.wait).id, (taken.wait).key, (taken.wait).execution_id, (taken.wait).step, 'delivered', (taken.wait).created_at,
    (taken.wait).expires_at, holdfast.now(), taken.event_id, taken.payload,
    taken.trace_context
  from taken
  order by taken.position, (taken.wait).sequence
  on conflict (id) do nothing
), woken as materialized (
  select taken.position, holdfast.wake_waiter((taken.wait).execution_id, (taken.wait).step, (taken.wait).key, taken.payload,
    taken.trace_context) as queue
  from taken
  where (taken.wait).is_park
), resumed as materialized (
  select taken.position, json_agg(json_build_object('id', (taken.wait).id, 'executionId', (taken.wait).execution_id,
    'step', (taken.wait).step) order by (taken.wait).sequence) as waits
  from taken
  group by taken.position
), kept as (
  insert into holdfast.events (id, key, dedupe_id, created_at, expires_at, consumed_at, payload, trace_context, delivered_to)
  select fresh.id, fresh.key, fresh.dedupe_id, holdfast.now(), fresh.expires_at,
    case when resumed.position is not null then holdfast.now() end,
    case when resumed.position is null then fresh.payload end, case when resumed.position is null then fresh.trace_context end,
    resumed.waits
  from fresh
  left join resumed on resumed.position = fresh.position
  where case when resumed.position is null then fresh.keeps else fresh.dedupe_id is not null end
  order by fresh.key collate "C"
)
select first.position is not null as "is_duplicate!", coalesce(first.id, input.id) as "event_id!",
  coalesce(first.delivered_to, resumed.waits) as "waits?",
  (select array_agg(distinct woken.queue) from woken where woken.position = input.position) as "woken?"
from input
left join first on first.position = input.position
left join resumed on resumed.position = input.position
order by input.position
