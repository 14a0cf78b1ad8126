-- Makes pushes and retries that name a common id or unique key follow each other, so that the next statement of the plan sees what
-- the ones before did.
-- Locks: advisory, in hash order.
-- :exec
select holdfast.lock_keys('job', :keys::text[])
