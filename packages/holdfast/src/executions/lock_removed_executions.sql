-- Locks executions to be removed, and their descendants, which are removed too. Returns those that exist. This is a separate statement,
-- so that the next one sees everything that was added to them before.
-- Locks: those of holdfast.lock_families.
-- :many
select locked.id as "id!"
from unnest(holdfast.lock_families(:ids::text[], array_fill(true, array[cardinality(:ids::text[])]), false)) as locked(id)
