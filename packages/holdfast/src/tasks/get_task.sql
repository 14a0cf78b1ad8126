-- Reads one task.
-- Index: tasks_pkey.
-- :maybe
select id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool, usage,
  created_at, updated_at, started_at, finished_at, input, output, error
from holdfast.tasks
where id = :id
