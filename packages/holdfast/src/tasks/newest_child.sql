-- The newest attempt of a child, by name.
-- Index: tasks_of_parent_by_name.
-- :maybe
select id, execution_id, sequence, version, parent_id, name, type, status, strategy, attempt, component, agent, action, tool, usage,
  created_at, updated_at, started_at, finished_at, input, output, error
from holdfast.tasks
where parent_id = :parentId and name = :name
order by attempt desc, sequence desc
limit 1
