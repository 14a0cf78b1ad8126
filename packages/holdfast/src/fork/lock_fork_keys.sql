-- Makes transactions that make forks of one id follow each other, so that the later finds the fork made.
-- Locks: an advisory transaction lock per id, in hash order.
-- :exec
select holdfast.lock_keys('fork', :ids::text[])
