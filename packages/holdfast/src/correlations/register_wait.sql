-- Registers one wait, or takes a kept event for it, as `register_waits` does. Runs under the lock of lock_correlation.
-- Index: waits_pkey, waits_of_step, executions_pkey, events_kept, events_pkey. Locks: the execution, shared; then the event.
-- :one
select outcome.status as "status!", outcome.wait_id as "id!", outcome.created_at as "created_at!", outcome.expires_at as "expires_at?",
  outcome.ended_at as "ended_at?", outcome.event_id as "event_id?", outcome.payload as "payload?",
  outcome.trace_context as "trace_context?"
from holdfast.register_wait(:id::text, :isOwn::boolean, :key::text, :executionId::text, :step::text,
  coalesce(:expiresAt?::timestamptz, holdfast.after_ms(:ttlMs?::bigint))) as outcome
