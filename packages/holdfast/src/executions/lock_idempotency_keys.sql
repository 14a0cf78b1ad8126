-- Makes transactions that create executions under one idempotency key follow each other, so that the next statement sees what
-- the one before it created.
-- Locks: an advisory transaction lock per key, in hash order.
-- :exec
select holdfast.lock_keys('execution', :keys::text[])
