-- Applies a new limit of a queue's groups to waiting and running jobs. Runs behind the statement that sets it, which locks the queue. See
-- holdfast.regroup_queue for what it reads and locks.
-- :exec
select holdfast.regroup_queue(:queue::text)
