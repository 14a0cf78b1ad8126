-- Locks the jobs that a step acknowledges, together with those that its pushes depend on or replace, all in one order. The unfinished jobs
-- of executions that it ends are among them. Before them, locks the keys that two pushes must not resolve at once.
-- Index: job_keys_pkey, and those of holdfast.lock_job. Locks: those of holdfast.lock_pushes, then jobs: the blocked ones last, in id
-- order.
-- :exec
select holdfast.lock_linked_jobs(:executionIds?::text[], :ownIds::text[], :touched::text[], :queues::text[], :uniqueKeys::text[],
  :ending::text[])
