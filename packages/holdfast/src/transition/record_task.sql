-- Records one task as a step of its execution, and appends entries, if there are any. Combines `lock_execution`, `save_task` and
-- `append_to_one` in one statement.
-- Index: executions_pkey, leases_pkey, tasks_pkey, history_heads_pkey. Locks: see holdfast.hold_execution; then the task; then the
-- history_heads.
-- :one
select saved.id as "id!", saved.execution_id as "execution_id!", saved.sequence as "sequence!", saved.version as "version!",
  saved.parent_id as "parent_id?", saved.name as "name!", saved.type as "type!", saved.status as "status!",
  saved.strategy as "strategy!", saved.attempt as "attempt!", saved.component as "component?", saved.agent as "agent?",
  saved.action as "action?", saved.tool as "tool?", saved.usage as "usage!", saved.created_at as "created_at!",
  saved.updated_at as "updated_at!", saved.started_at as "started_at?", saved.finished_at as "finished_at?",
  (logged.entries).first as "first?", (logged.entries).recorded_at as "recorded_at?"
from holdfast.hold_execution(:executionId::text, :mode::text, :token?::bigint, :holder?::text, :lax::boolean, :version?::bigint,
    :statuses?::text)
  as held(id)
cross join lateral holdfast.save_task(
  :taskId::text, held.id, :parentId?::text, :name::text, :type?::holdfast.task_type, :taskStatus?::holdfast.status,
  :strategy?::holdfast.strategy, :attempt?::integer, :component?::text, :agent?::text, :action?::text, :tool?::text, :input?::json,
  :taskOutput?::json, :taskError?::json, :expected?::bigint
) as saved
cross join lateral (
  select case when cardinality(:kinds::text[]) > 0 then
    holdfast.append_to(saved.execution_id, :kinds, :payloads?::json[], :expectedNumber?::bigint)
  end as entries
) as logged
