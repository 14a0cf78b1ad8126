-- Fails the executions of dead jobs, if the jobs say so. Returns the executions, and the queues that may have work now. See
-- holdfast.fail_owners for its locks.
-- :one
select failed.executions as "executions!", failed.woken as "woken!" from holdfast.fail_owners(:ids::text[]) as failed
