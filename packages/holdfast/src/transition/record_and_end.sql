-- Records the last task of an execution, appends entries, if there are any, and ends it, as `record_task` and `change_alone` do.
-- Index: executions_pkey, leases_pkey, tasks_pkey, history_heads_pkey, and those of holdfast.clear_execution. Locks: the execution; the
-- task; the history_heads; those of holdfast.clear_execution.
-- :one
select changed.id as "id!", changed.version as "version!", changed.status as "status!", changed.strategy as "strategy!",
  changed.definition_name as "definition_name?", changed.definition_version as "definition_version?",
  changed.parent_id as "parent_id?", changed.parent_task_id as "parent_task_id?", changed.idempotency_key as "idempotency_key?",
  changed.labels as "labels!", changed.usage as "usage!", changed.created_at as "created_at!", changed.updated_at as "updated_at!",
  changed.started_at as "started_at?", changed.finished_at as "finished_at?", changed.ends as "ends!",
  cleared.woken as "woken!", (logged.entries).first as "first?", (logged.entries).recorded_at as "recorded_at?",
  saved.id as "task_id!", saved.execution_id as "task_execution_id!", saved.sequence as "task_sequence!",
  saved.version as "task_version!", saved.parent_id as "task_parent_id?", saved.name as "task_name!",
  saved.type as "task_type!", saved.status as "task_status!", saved.strategy as "task_strategy!",
  saved.attempt as "task_attempt!", saved.component as "task_component?", saved.agent as "task_agent?",
  saved.action as "task_action?", saved.tool as "task_tool?", saved.usage as "task_usage!",
  saved.created_at as "task_created_at!", saved.updated_at as "task_updated_at!",
  saved.started_at as "task_started_at?", saved.finished_at as "task_finished_at?"
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
cross join lateral holdfast.clear_execution(case when coalesce((logged.entries).first, 0) >= 0 then saved.execution_id end) as cleared(woken)
cross join lateral holdfast.change_locked(
  case when cleared.woken is not null then held.id end, :status::holdfast.status, :labels?::jsonb, :usage?::jsonb, :state?::json,
  :output?::json, :error?::json, false
) as changed
