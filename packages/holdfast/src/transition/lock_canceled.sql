-- Locks the descendants of executions that steps end and that are canceled with them, and the parts of all of these, before anything
-- changes. See holdfast.lock_canceled for its locks.
-- :exec
select holdfast.lock_canceled(:ids::text[], array_fill(true, array[cardinality(:ids)]), :claimed::text[]) as "locked!"
