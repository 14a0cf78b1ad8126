-- Finished waits of an execution in the order of their ends, after a position, optionally of one key. An expired wait is finished once a
-- pump has fired it.
-- Index: ended_waits_of_execution.
-- :many both-orders unprepared
select id, sequence, key, execution_id, step, status, created_at, expires_at, ended_at, event_id, payload, trace_context
from holdfast.ended_waits
where execution_id = :executionId and sequence > :after
  and status = :status
  and (:key?::text is null or key = :key)
order by sequence
limit :limit
