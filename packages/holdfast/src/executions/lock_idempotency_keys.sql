-- Serializes transactions that create executions under one idempotency key, so that the next statement sees what the previous one
-- created.
-- Locks: an advisory transaction lock per key, in hash order.
-- :exec
select holdfast.lock_keys('execution', :keys::text[])
