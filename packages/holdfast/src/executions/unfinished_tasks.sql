-- Counts the tasks of an execution in each status that is not terminal.
-- Index: tasks_of_execution.
-- :one
select count(*) filter (where status = 'pending') as "pending!", count(*) filter (where status = 'running') as "running!",
  count(*) filter (where status = 'waiting') as "waiting!", count(*) filter (where status = 'paused') as "paused!"
from holdfast.tasks
where execution_id = :id and not holdfast.is_terminal(status)
