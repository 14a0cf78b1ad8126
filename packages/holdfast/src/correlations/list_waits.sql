-- Waits in the order in which they were registered, after a position, of an execution or a key where these are given.
-- Index: waits_execution_id_step_key_key, waits_of_key, and waits_sequence without either.
-- :many unprepared
select id, sequence, key, execution_id, step, created_at, expires_at
from holdfast.waits
where sequence > :after
  and (:executionId?::text is null or execution_id = :executionId)
  and (:key?::text is null or key = :key)
order by sequence
limit :limit
