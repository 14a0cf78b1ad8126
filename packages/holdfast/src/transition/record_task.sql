-- Records one task, and nothing else, as a step of its execution. Combines `lock_execution` and `save_task` in one statement.
-- Index: executions_pkey, leases_pkey, tasks_pkey. Locks: see holdfast.hold_execution; then the task.
-- :one
select saved.id as "id!", saved.execution_id as "execution_id!", saved.sequence as "sequence!", saved.version as "version!",
  saved.parent_id as "parent_id?", saved.name as "name!", saved.type as "type!", saved.status as "status!",
  saved.strategy as "strategy!", saved.attempt as "attempt!", saved.component as "component?", saved.agent as "agent?",
  saved.action as "action?", saved.tool as "tool?", saved.usage as "usage!", saved.created_at as "created_at!",
  saved.updated_at as "updated_at!", saved.started_at as "started_at?", saved.finished_at as "finished_at?"
from holdfast.hold_execution(:executionId::text, :mode::text, :token?::bigint, :holder?::text, :lax::boolean, :version?::bigint,
    :statuses?::text)
  as held(id)
cross join lateral holdfast.save_task(
  :taskId::text, held.id, :parentId?::text, :name::text, :type?::holdfast.task_type, :taskStatus?::holdfast.status,
  :strategy?::holdfast.strategy, :attempt?::integer, :component?::text, :agent?::text, :action?::text, :tool?::text, :input?::json,
  :taskOutput?::json, :taskError?::json, :expected?::bigint
) as saved
