-- Registers waits, one a row of input, or takes a kept event for each, the oldest first; answers in input order. A wait that
-- the execution's step has already stays as it is and takes nothing. Runs under the locks of lock_correlations. An event that
-- is taken is removed, or, where duplicates must still find it, marked and emptied.
-- Index: waits_execution_id_step_key_key, executions_pkey, events_kept, events_pkey. Locks: the executions, shared, in id order;
-- then events in key and sequence order.
-- :many
with input as (
  select given.id, given.key, given.execution_id, given.step, given.position,
    coalesce(given.expires_at, holdfast.after_ms(given.ttl_ms)) as expires_at
  from unnest((select :ids::text[]), :keys::text[], :executionIds::text[], :steps::text[], :expiresAt?::timestamptz[],
    :ttlsMs?::bigint[])
    with ordinality as given(id, key, execution_id, step, expires_at, ttl_ms, position)
), known as materialized (
  select input.position, waiting.id, waiting.created_at, waiting.expires_at
  from input
  cross join lateral (
    select stored.id, stored.created_at, stored.expires_at
    from holdfast.waits as stored
    where stored.execution_id = input.execution_id and stored.step = input.step and stored.key = input.key
    -- Cuts nothing. It keeps this a look-up by index for each row, also in a plan from when the table was empty.
    limit 1
  ) as waiting
), owner as materialized (
  select execution.id, execution.status
  from (
    select distinct input.execution_id collate "C" as id
    from input
    where not exists (select from known where known.position = input.position)
    order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
), fresh as materialized (
  select input.id, input.key, input.execution_id, input.step, input.position, input.expires_at,
    row_number() over (partition by input.key order by input.position) as rank
  from input
  left join owner on owner.id = input.execution_id
  where not exists (select from known where known.position = input.position)
    and case
      when owner.id is null then
        holdfast.fail('HF004', format('execution %s does not exist: create it before it waits', input.execution_id),
          json_build_object('entity', 'execution', 'id', input.execution_id))
      else holdfast.is_open(owner.id, owner.status)
    end
), wanted as materialized (
  select fresh.key, max(fresh.rank) as events
  from fresh
  group by fresh.key
  order by fresh.key collate "C"
), taken as materialized (
  select wanted.key, event.id, event.payload, event.dedupe_id,
    row_number() over (partition by wanted.key order by event.sequence) as rank
  from wanted
  cross join lateral (
    select stored.id, stored.payload, stored.dedupe_id, stored.sequence
    from holdfast.events as stored
    where stored.key = wanted.key and stored.consumed_at is null and stored.expires_at > holdfast.now()
    order by stored.sequence
    limit wanted.events
    for update
  ) as event
), removed as (
  delete from holdfast.events as stored
  using (
    select taken.id
    from taken
    where taken.dedupe_id is null
    -- Cuts nothing. It makes the planner expect one row, and so go by the index even in a plan from when the table was empty.
    limit cardinality(:ids::text[])
  ) as gone
  where stored.id = gone.id
), marked as (
  update holdfast.events as stored set consumed_at = holdfast.now(), payload = null
  from (
    select taken.id
    from taken
    where taken.dedupe_id is not null
    -- As above.
    limit cardinality(:ids::text[])
  ) as done
  where stored.id = done.id
), registered as (
  insert into holdfast.waits (id, key, execution_id, step, created_at, expires_at)
  select fresh.id, fresh.key, fresh.execution_id, fresh.step, holdfast.now(), fresh.expires_at
  from fresh
  where not exists (select from taken where taken.key = fresh.key and taken.rank = fresh.rank)
  order by fresh.position
  returning waits.id, waits.created_at, waits.expires_at
)
select coalesce(known.id, registered.id) as "wait_id?", coalesce(known.created_at, registered.created_at) as "created_at?",
  coalesce(known.expires_at, registered.expires_at) as "expires_at?", taken.id as "event_id?", taken.payload as "payload?"
from input
left join known on known.position = input.position
left join fresh on fresh.position = input.position
left join taken on taken.key = fresh.key and taken.rank = fresh.rank
left join registered on registered.id = fresh.id
order by input.position
