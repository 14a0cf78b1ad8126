-- The newest attempt of a task without a parent, by name within an execution.
-- Index: tasks_roots_by_name.
-- :maybe
select id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool, usage,
  created_at, updated_at, started_at, finished_at, input, output, error
from holdfast.tasks
where execution_id = :executionId and name = :name and parent_id is null
order by attempt desc, sequence desc
limit 1
