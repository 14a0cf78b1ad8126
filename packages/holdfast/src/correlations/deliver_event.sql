-- Delivers one event without a dedupe id, as `deliver_events` does, in half the time. Wakes parked executions. Runs under the lock of
-- lock_correlation.
-- Index: waits_of_key, waits_pkey, scheduled_pkey. Locks: waits in sequence order, then those of holdfast.wake.
-- :one
with taken as materialized (
  select stored.id, stored.execution_id, stored.step, stored.sequence, stored.is_park, stored.created_at, stored.expires_at
  from holdfast.waits as stored
  where stored.key = :key::text and (stored.expires_at is null or stored.expires_at > holdfast.now())
    -- A parked execution no longer waits if something else has just woken it, in a transaction that could not remove this wait.
    and (not stored.is_park or (
      select true from holdfast.scheduled as parked where parked.id = stored.execution_id and parked.kind = 'execution' limit 1
    ))
  order by stored.sequence
  limit (select case when not :toAll::boolean then 1 end)
  for update
), removed as (
  delete from holdfast.waits as stored
  where stored.id = any(array(select taken.id::text from taken where not taken.is_park))
), ended as (
  insert into holdfast.ended_waits (id, key, execution_id, step, status, created_at, expires_at, ended_at, event_id, payload,
    trace_context)
  select taken.id, :key::text, taken.execution_id, taken.step, 'delivered', taken.created_at, taken.expires_at, holdfast.now(), :id::text,
    :payload?::json, :traceContext?::text
  from taken
  order by taken.sequence
  on conflict (id) do nothing
), woken as materialized (
  select holdfast.wake_waiter(taken.execution_id, taken.step, :key::text, :payload?::json, :traceContext?::text) as queue from taken where taken.is_park
), kept as (
  insert into holdfast.events (id, key, created_at, expires_at, payload, trace_context)
  select :id::text, :key::text, holdfast.now(), coalesce(:expiresAt?::timestamptz, holdfast.after_ms(:ttlMs?::bigint)), :payload?::json,
    :traceContext?::text
  where not exists (select from taken) and :keeps::boolean
)
select json_agg(json_build_object('id', taken.id, 'executionId', taken.execution_id, 'step', taken.step) order by taken.sequence)
  as "waits?", (select array_agg(distinct woken.queue) from woken) as "woken?"
from taken
