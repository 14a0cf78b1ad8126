-- Appends entries to the history of an execution whose requirements hold. Combines `lock_execution` and `append_to_one` in one statement.
-- Index: executions_pkey, leases_pkey, history_heads_pkey. Locks: see holdfast.hold_execution; then the history_heads.
-- :one
select appended.first as "first!", appended.recorded_at as "recorded_at!"
from holdfast.hold_execution(:executionId::text, :mode::text, :token?::bigint, :holder?::text, :lax::boolean, :version?::bigint,
    :statuses?::text)
  as held(id)
cross join lateral holdfast.append_to(held.id, :kinds::text[], :payloads?::json[], :expectedNumber?::bigint) as appended
