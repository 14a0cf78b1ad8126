-- Changes or ends one execution, and appends entries before, if there are any. An end leaves the children. Combines `lock_execution`,
-- `append_to_one`, `clear_executions` and `change_one` in one statement. Each step depends on the one before, so that every plan runs them
-- in this order. Returns the payloads if they are wanted.
-- Index: executions_pkey, leases_pkey, history_heads_pkey, and those of holdfast.clear_execution. Locks: the execution; the
-- history_heads; those of holdfast.clear_execution.
-- :one
select changed.id as "id!", changed.version as "version!", changed.status as "status!", changed.strategy as "strategy!",
  changed.definition_name as "definition_name?", changed.definition_version as "definition_version?",
  changed.parent_id as "parent_id?", changed.parent_task_id as "parent_task_id?", changed.idempotency_key as "idempotency_key?",
  changed.labels as "labels!", changed.usage as "usage!", changed.created_at as "created_at!", changed.updated_at as "updated_at!",
  changed.started_at as "started_at?", changed.finished_at as "finished_at?", changed.ends as "ends!",
  changed.input as "input?", changed.state as "stored_state?", changed.output as "stored_output?", changed.error as "stored_error?",
  coalesce(cleared.woken, '{}') as "woken!", (logged.entries).first as "first?", (logged.entries).recorded_at as "recorded_at?"
from holdfast.hold_execution(:executionId::text, :mode::text, :token?::bigint, :holder?::text, :lax::boolean, :version?::bigint,
    :statuses?::text)
  as held(id)
cross join lateral (
  select case when cardinality(:kinds::text[]) > 0 then
    holdfast.append_to(held.id, :kinds, :payloads?::json[], :expectedNumber?::bigint)
  end as entries
) as logged
cross join lateral (
  select case when :ends::boolean and coalesce((logged.entries).first, 0) >= 0 then holdfast.clear_execution(held.id) end as woken
) as cleared
cross join lateral holdfast.change_locked(
  case when coalesce((logged.entries).first, 0) >= 0 and coalesce(cleared.woken, '{}') is not null then held.id end, :status?::holdfast.status, :labels?::jsonb, :usage?::jsonb, :state?::json,
  :output?::json, :error?::json, :whole::boolean
) as changed
