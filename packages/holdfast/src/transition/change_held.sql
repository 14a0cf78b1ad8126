-- Changes executions that `lock_executions` has locked. Answers in any order.
-- Index: executions_pkey.
-- :many
select changed.id as "id!", changed.version as "version!", changed.status as "status!", changed.strategy as "strategy!",
  changed.definition_name as "definition_name?", changed.definition_version as "definition_version?",
  changed.parent_id as "parent_id?", changed.parent_task_id as "parent_task_id?",
  changed.idempotency_key as "idempotency_key?", changed.label as "labels!",
  changed.usage as "usage!", changed.created_at as "created_at!", changed.updated_at as "updated_at!",
  changed.started_at as "started_at?", changed.finished_at as "finished_at?",
  coalesce(changed.finished_at = changed.updated_at, false) and (
    select former.finished_at from holdfast.executions as former where former.id = changed.id limit 1
  ) is null as "ends!"
from holdfast.change_held(:ids::text[], :statuses?::holdfast.status[], :labels?::jsonb[], :usages?::jsonb[], :states?::json[],
  :outputs?::json[], :errors?::json[]) as changed
