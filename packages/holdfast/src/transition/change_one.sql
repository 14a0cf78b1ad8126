-- Changes one execution that `lock_execution` has locked, as `change_held` does for any number, in half the time: by
-- holdfast.change_locked.
-- Index: executions_pkey.
-- :one
select changed.id as "id!", changed.version as "version!", changed.status as "status!", changed.strategy as "strategy!",
  changed.definition_name as "definition_name?", changed.definition_version as "definition_version?",
  changed.parent_id as "parent_id?", changed.parent_task_id as "parent_task_id?", changed.idempotency_key as "idempotency_key?",
  changed.labels as "labels!", changed.usage as "usage!", changed.created_at as "created_at!", changed.updated_at as "updated_at!",
  changed.started_at as "started_at?", changed.finished_at as "finished_at?", changed.ends as "ends!"
from holdfast.change_locked(:id::text, :status?::holdfast.status, :labels?::jsonb, :usage?::jsonb, :state?::json, :output?::json,
    :error?::json, false)
  as changed
