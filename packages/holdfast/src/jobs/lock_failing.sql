-- Locks the executions that fail if these attempts fail, before anything changes. See holdfast.lock_failing for its locks.
-- :exec
select holdfast.lock_failing(:ids::text[], :final::boolean[])
