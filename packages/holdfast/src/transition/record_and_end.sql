-- Records the last task of an execution and ends it, as `record_task` and `end_execution` do.
-- Index: executions_pkey, leases_pkey, tasks_pkey, and those of holdfast.clear_execution. Locks: the execution; the task; those of
-- holdfast.clear_execution.
-- :one
with ended as (
  update holdfast.executions as stored set
    version = stored.version + 1, status = :status::holdfast.status, updated_at = holdfast.now(),
    started_at = holdfast.started_at(stored.started_at, :status),
    finished_at = holdfast.finished_at(stored.finished_at, :status),
    labels = case when :labels?::jsonb is null then stored.labels else holdfast.merge_labels(stored.labels, :labels) end,
    usage = case when :usage?::jsonb is null then stored.usage else holdfast.add_usage(stored.usage, :usage) end,
    state = coalesce(:state?::json, stored.state), output = coalesce(:output?::json, stored.output),
    error = coalesce(:error?::json, stored.error)
  from holdfast.hold_execution(:executionId::text, :mode::text, :token?::bigint, :holder?::text, :lax::boolean, :version?::bigint,
      :statuses?::text)
    as held(id)
  cross join lateral holdfast.save_task(
    :taskId::text, held.id, :parentId?::text, :name::text, :type?::holdfast.task_type, :taskStatus?::holdfast.status,
    :strategy?::holdfast.strategy, :attempt?::integer, :component?::text, :agent?::text, :action?::text, :tool?::text, :input?::json,
    :taskOutput?::json, :taskError?::json, :expected?::bigint
  ) as saved
  cross join lateral holdfast.clear_execution(saved.execution_id) as cleared(woken)
  where stored.id = held.id and cleared.woken is not null
  returning stored.id as id, stored.version as version, stored.status as status, stored.strategy as strategy,
    stored.definition_name as definition_name, stored.definition_version as definition_version,
    stored.parent_id as parent_id, stored.parent_task_id as parent_task_id,
    stored.idempotency_key as idempotency_key, stored.labels as labels,
    stored.usage as usage, stored.created_at as created_at, stored.updated_at as updated_at,
    stored.started_at as started_at, stored.finished_at as finished_at,
    coalesce(stored.finished_at = stored.updated_at, false) and (
      select former.finished_at from holdfast.executions as former where former.id = stored.id limit 1
    ) is null as ends,
    cleared.woken as woken,
    saved.id as task_id, saved.execution_id as task_execution_id, saved.sequence as task_sequence,
    saved.version as task_version, saved.parent_id as task_parent_id, saved.name as task_name,
    saved.type as task_type, saved.status as task_status, saved.strategy as task_strategy,
    saved.attempt as task_attempt, saved.component as task_component, saved.agent as task_agent,
    saved.action as task_action, saved.tool as task_tool, saved.usage as task_usage,
    saved.created_at as task_created_at, saved.updated_at as task_updated_at, saved.started_at as task_started_at,
    saved.finished_at as task_finished_at
)
select ended.id as "id!", ended.version as "version!", ended.status as "status!", ended.strategy as "strategy!",
  ended.definition_name as "definition_name?", ended.definition_version as "definition_version?",
  ended.parent_id as "parent_id?", ended.parent_task_id as "parent_task_id?", ended.idempotency_key as "idempotency_key?",
  ended.labels as "labels!", ended.usage as "usage!", ended.created_at as "created_at!", ended.updated_at as "updated_at!",
  ended.started_at as "started_at?", ended.finished_at as "finished_at?", ended.ends as "ends!", ended.woken as "woken!",
  ended.task_id as "task_id!", ended.task_execution_id as "task_execution_id!", ended.task_sequence as "task_sequence!",
  ended.task_version as "task_version!", ended.task_parent_id as "task_parent_id?", ended.task_name as "task_name!",
  ended.task_type as "task_type!", ended.task_status as "task_status!", ended.task_strategy as "task_strategy!",
  ended.task_attempt as "task_attempt!", ended.task_component as "task_component?", ended.task_agent as "task_agent?",
  ended.task_action as "task_action?", ended.task_tool as "task_tool?", ended.task_usage as "task_usage!",
  ended.task_created_at as "task_created_at!", ended.task_updated_at as "task_updated_at!",
  ended.task_started_at as "task_started_at?", ended.task_finished_at as "task_finished_at?"
from (select) as one
left join ended on true
where case
  -- The update sees only what existed when the statement began, and the lock also what was made since.
  when ended.id is not null then true
  else holdfast.fail('40001', format('execution %s was made again at the same moment', :executionId::text), '{}')
end
