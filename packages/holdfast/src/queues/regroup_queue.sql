-- Makes a new limit of a queue's groups hold for what waits and runs already. Runs behind the statement that sets it, which locks the
-- queue. What it reads and locks stands with holdfast.regroup_queue.
-- :exec
select holdfast.regroup_queue(:queue::text)
