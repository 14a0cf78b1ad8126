-- Locks one task until the transaction ends.
-- Index: tasks_pkey. Locks: the task.
-- :maybe lock-modes
select id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool, usage,
  created_at, updated_at, started_at, finished_at, input, output, error
from holdfast.tasks
where id = :id
for update
