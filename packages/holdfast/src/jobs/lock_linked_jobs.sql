-- Locks the jobs that a step acknowledges together with those that its pushes come after or replace, all in one order; before them
-- what two pushes must not resolve at once.
-- Index: job_keys_pkey, and those of holdfast.lock_job. Locks: those of holdfast.lock_pushes, then jobs, those that are blocked last,
-- then in id order.
-- :exec
select holdfast.lock_linked_jobs(:executionIds?::text[], :ownIds::text[], :touched::text[], :queues::text[], :uniqueKeys::text[])
