-- Schedules timers without a dedupe key, one per input row, as `schedule_timers` does. None of them can exist already. Fails with HF003
-- if the execution has ended.
-- Index: timers_pkey, executions_pkey. Locks: executions, shared, in id order.
-- :many
with owner as materialized (
  select execution.id, execution.status
  from (
    select distinct given.id collate "C" as id from unnest((select :executionIds::text[])) as given(id) order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
)
insert into holdfast.timers as stored (id, execution_id, step, status, fire_at, created_at, payload, trace_context)
select given.id, given.execution_id, given.step, 'scheduled', coalesce(given.fire_at, holdfast.after_ms(given.after_ms)),
  holdfast.now(), given.payload, given.trace_context
from unnest((select :ids::text[]), :executionIds::text[], :steps::text[], :fireAt?::timestamptz[], :afterMs?::bigint[],
  :payloads?::json[], :traceContexts?::text[])
  with ordinality as given(id, execution_id, step, fire_at, after_ms, payload, trace_context, position)
-- The foreign key reports a missing execution.
where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
order by given.execution_id collate "C", given.position
returning stored.id as "id!", stored.status as "status!", stored.fire_at as "fire_at!"
