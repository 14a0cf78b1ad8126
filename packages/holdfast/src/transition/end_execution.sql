-- Ends one execution, and nothing else, leaving its children. Combines `lock_execution`, `clear_executions` and `change_execution` in one
-- statement. Each step depends on the one before, so that every plan runs them in this order. Returns the payloads if they are wanted.
-- Index: executions_pkey, leases_pkey, and those of holdfast.clear_execution. Locks: the execution, and those of that function.
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
  cross join lateral holdfast.clear_execution(held.id) as cleared(woken)
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
    case when :whole::boolean then stored.input end as input, case when :whole then stored.state end as stored_state,
    case when :whole then stored.output end as stored_output, case when :whole then stored.error end as stored_error
)
select ended.id as "id!", ended.version as "version!", ended.status as "status!", ended.strategy as "strategy!",
  ended.definition_name as "definition_name?", ended.definition_version as "definition_version?",
  ended.parent_id as "parent_id?", ended.parent_task_id as "parent_task_id?", ended.idempotency_key as "idempotency_key?",
  ended.labels as "labels!", ended.usage as "usage!", ended.created_at as "created_at!", ended.updated_at as "updated_at!",
  ended.started_at as "started_at?", ended.finished_at as "finished_at?", ended.ends as "ends!", ended.woken as "woken!",
  ended.input as "input?", ended.stored_state as "stored_state?", ended.stored_output as "stored_output?",
  ended.stored_error as "stored_error?"
from (select) as one
left join ended on true
where case
  -- The update sees only what existed when the statement began, and the lock also what was made since.
  when ended.id is not null then true
  else holdfast.fail('40001', format('execution %s was made again at the same moment', :executionId::text), '{}')
end
