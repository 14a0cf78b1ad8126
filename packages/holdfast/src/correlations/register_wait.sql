-- Registers one wait or takes a kept event for it, as `register_waits` does: a lone caller's takes half the time in this form. Runs
-- under the lock of lock_correlations.
-- Index: waits_execution_id_step_key_key, executions_pkey, events_kept, events_pkey. Locks: the execution, shared; then the event.
-- :one
with known as materialized (
  select stored.id, stored.created_at, stored.expires_at
  from holdfast.waits as stored
  where stored.execution_id = :executionId::text and stored.step = :step::text and stored.key = :key::text
), fresh as materialized (
  select case
    when execution.id is null then
      holdfast.fail('HF004', format('execution %s does not exist: create it before it waits', :executionId::text),
        json_build_object('entity', 'execution', 'id', :executionId::text))
    else holdfast.is_open(execution.id, execution.status)
  end as is_fresh
  from (select) as one
  left join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = :executionId::text for key share
  ) as execution on true
  where not exists (select from known)
), taken as materialized (
  select stored.id, stored.payload, stored.dedupe_id
  from fresh
  join holdfast.events as stored on stored.key = :key::text and stored.consumed_at is null and stored.expires_at > holdfast.now()
  where fresh.is_fresh
  order by stored.sequence
  limit 1
  for update of stored
), removed as (
  delete from holdfast.events as stored
  where stored.id = (select taken.id from taken where taken.dedupe_id is null)
), marked as (
  update holdfast.events as stored set consumed_at = holdfast.now(), payload = null
  where stored.id = (select taken.id from taken where taken.dedupe_id is not null)
), registered as (
  insert into holdfast.waits (id, key, execution_id, step, created_at, expires_at)
  select :id::text, :key::text, :executionId::text, :step::text, holdfast.now(),
    coalesce(:expiresAt?::timestamptz, holdfast.after_ms(:ttlMs?::bigint))
  from fresh
  where fresh.is_fresh and not exists (select from taken)
  returning waits.id, waits.created_at, waits.expires_at
)
select coalesce(known.id, registered.id) as "wait_id?", coalesce(known.created_at, registered.created_at) as "created_at?",
  coalesce(known.expires_at, registered.expires_at) as "expires_at?", taken.id as "event_id?", taken.payload as "payload?"
from (select) as one
left join known on true
left join taken on true
left join registered on true
