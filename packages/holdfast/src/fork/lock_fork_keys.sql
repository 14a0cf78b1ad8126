-- Serializes transactions that create forks of one id, so that the later finds the earlier one's fork.
-- Locks: an advisory transaction lock per id, in hash order.
-- :exec
select holdfast.lock_keys('fork', :ids::text[])
