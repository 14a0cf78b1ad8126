-- Propagates the status of tasks upwards, and returns the tasks that changed, deepest first. Fails with HF003 in an ended execution.
-- Index: tasks_pkey, tasks_of_parent, executions_pkey. Locks: the executions, shared; then the tasks and their ancestors as far as they
-- change, deepest first, then by id, the greatest first.
-- :many
select changed.task_id as "id!", changed.task_parent_id as "parent_id?", changed.task_status as "status!",
  changed.task_version as "version!"
from holdfast.propagate(:starts::text[]) as changed
