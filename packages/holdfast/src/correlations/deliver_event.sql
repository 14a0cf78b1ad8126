-- Delivers one event that has no dedupe id, as `deliver_events` does: a lone caller's takes half the time in this form. Runs under the
-- lock of lock_correlations.
-- Index: waits_of_key, waits_pkey. Locks: waits in sequence order.
-- :one
with taken as materialized (
  select stored.id, stored.execution_id, stored.step, stored.sequence
  from holdfast.waits as stored
  where stored.key = :key::text and (stored.expires_at is null or stored.expires_at > holdfast.now())
  order by stored.sequence
  limit (select case when not :takesAll::boolean then 1 end)
  for update
), removed as (
  delete from holdfast.waits as stored
  where stored.id = any(array(select taken.id::text from taken))
), kept as (
  insert into holdfast.events (id, key, created_at, expires_at, payload)
  select :id::text, :key::text, holdfast.now(), coalesce(:expiresAt?::timestamptz, holdfast.after_ms(:ttlMs?::bigint)), :payload?::json
  where not exists (select from taken)
)
select json_agg(json_build_object('id', taken.id, 'executionId', taken.execution_id, 'step', taken.step) order by taken.sequence)
  as "waits?"
from taken
