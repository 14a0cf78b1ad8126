-- Schedules timers without a dedupe key, one a row of input, as `schedule_timers` does: of these none is there before.
-- Index: timers_pkey. Locks: executions, shared, by the foreign key, in id order.
-- :many
insert into holdfast.timers as stored (id, execution_id, step, state, fire_at, created_at, payload)
select given.id, given.execution_id, given.step, 'scheduled', coalesce(given.fire_at, holdfast.after_ms(given.after_ms)),
  holdfast.now(), given.payload
from unnest((select :ids::text[]), :executionIds::text[], :steps::text[], :fireAt?::timestamptz[], :afterMs?::bigint[],
  :payloads?::json[])
  with ordinality as given(id, execution_id, step, fire_at, after_ms, payload, position)
order by given.execution_id collate "C", given.position
returning stored.id as "id!", stored.state as "state!", stored.fire_at as "fire_at!"
