-- Registers waits, one per input row, or takes the oldest kept event for each. Answers in input order. An existing wait of the
-- execution's step stays as it is and takes nothing. Runs under the locks of lock_correlations.
-- Index: waits_pkey, waits_of_step, executions_pkey, events_kept, events_pkey. Locks: the executions, shared, in id order; then events,
-- in input order: nobody else waits for an event of a locked key.
-- :many
with input as materialized (
  select given.id, given.is_own, given.key, given.execution_id, given.step, given.position,
    coalesce(given.expires_at, holdfast.after_ms(given.ttl_ms)) as expires_at
  from unnest((select :ids::text[]), :areOwn::boolean[], :keys::text[], :executionIds::text[], :steps::text[], :expiresAt?::timestamptz[],
    :ttlsMs?::bigint[])
    with ordinality as given(id, is_own, key, execution_id, step, expires_at, ttl_ms, position)
), shared as materialized (
  select holdfast.share_executions(array_agg(input.execution_id)) as executions from input
), registered as materialized (
  select input.position, holdfast.register_wait(input.id, input.is_own, input.key, input.execution_id, input.step, input.expires_at)
    as outcome
  from (
    select each.id, each.is_own, each.key, each.execution_id, each.step, each.expires_at, each.position
    from input as each
    order by each.position
  ) as input
  where (select shared.executions from shared) >= 0
)
select (registered.outcome).status as "status!", (registered.outcome).wait_id as "id!",
  (registered.outcome).created_at as "created_at!", (registered.outcome).expires_at as "expires_at?",
  (registered.outcome).ended_at as "ended_at?", (registered.outcome).event_id as "event_id?", (registered.outcome).payload as "payload?",
  (registered.outcome).trace_context as "trace_context?"
from registered
order by registered.position
