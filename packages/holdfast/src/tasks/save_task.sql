-- Writes one task, as `save_tasks` does, in half the time.
-- Index: tasks_pkey, executions_pkey. Locks: the execution, shared; then the task.
-- :one
select saved.id as "id!", saved.execution_id as "execution_id!", saved.sequence as "sequence!", saved.version as "version!",
  saved.parent_id as "parent_id?", saved.name as "name!", saved.type as "type!", saved.status as "status!",
  saved.strategy as "strategy!", saved.attempt as "attempt!", saved.component as "component?", saved.agent as "agent?",
  saved.action as "action?", saved.tool as "tool?", saved.usage as "usage!", saved.created_at as "created_at!",
  saved.updated_at as "updated_at!", saved.started_at as "started_at?", saved.finished_at as "finished_at?"
from holdfast.save_task(
  :id::text, :executionId::text, :parentId?::text, :name::text, :type?::holdfast.task_type, :status?::holdfast.status,
  :strategy?::holdfast.strategy, :attempt?::integer, :component?::text, :agent?::text, :action?::text, :tool?::text, :input?::json,
  :output?::json, :error?::json, :expected?::bigint
) as saved
