-- Appends entries to the history of one execution, as `append_entries` does, in half the time: by holdfast.append_to.
-- Index: history_heads_pkey, executions_pkey. Locks: the execution, if it has no entry yet, then its history_heads.
-- :one
select appended.first as "first!", appended.recorded_at as "recorded_at!"
from holdfast.append_to(:executionId::text, :kinds::text[], :payloads?::json[], :expectedNumber?::bigint) as appended
