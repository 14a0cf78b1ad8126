-- Locks the executions that fail if these attempts fail, before anything changes. If one does, also locks the other jobs that a step
-- touches, and the parts of executions that it ends. See holdfast.lock_failing for its locks.
-- :exec
select holdfast.lock_failing(:ids::text[], :final::boolean[], :touched::text[], :ending::text[])
