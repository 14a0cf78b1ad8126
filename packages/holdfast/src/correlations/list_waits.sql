-- Unexpired waits in registration order, after a position, optionally of an execution or a key.
-- Index: waits_execution_id_step_key_key, waits_of_key, and waits_sequence without either.
-- :many both-orders unprepared
select id, sequence, key, execution_id, step, 'waiting'::holdfast.wait_status as "status!", created_at, expires_at,
  null::timestamptz as "ended_at?", null::text as "event_id?", null::json as "payload?", null::text as "trace_context?"
from holdfast.waits
where sequence > :after and (expires_at is null or expires_at > holdfast.now())
  and (:executionId?::text is null or execution_id = :executionId)
  and (:key?::text is null or key = :key)
order by sequence
limit :limit
