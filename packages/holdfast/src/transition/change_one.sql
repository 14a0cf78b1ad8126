-- Changes one execution that `lock_execution` has locked, as `change_held` does for any number, in half the time.
-- Index: executions_pkey.
-- :one
update holdfast.executions as stored set
  version = stored.version + 1, status = coalesce(:status?::holdfast.status, stored.status), updated_at = holdfast.now(),
  started_at = holdfast.started_at(stored.started_at, :status?),
  finished_at = holdfast.finished_at(stored.finished_at, :status?),
  labels = case when :labels?::jsonb is null then stored.labels else holdfast.merge_labels(stored.labels, :labels?) end,
  usage = case when :usage?::jsonb is null then stored.usage else holdfast.add_usage(stored.usage, :usage?) end,
  state = coalesce(:state?::json, stored.state), output = coalesce(:output?::json, stored.output),
  error = coalesce(:error?::json, stored.error)
where stored.id = :id::text
returning stored.id as "id!", stored.version as "version!", stored.status as "status!", stored.strategy as "strategy!",
  stored.definition_name as "definition_name?", stored.definition_version as "definition_version?",
  stored.parent_id as "parent_id?", stored.parent_task_id as "parent_task_id?",
  stored.idempotency_key as "idempotency_key?", stored.labels as "labels!",
  stored.usage as "usage!", stored.created_at as "created_at!", stored.updated_at as "updated_at!",
  stored.started_at as "started_at?", stored.finished_at as "finished_at?",
  coalesce(stored.finished_at = stored.updated_at, false) and (
    select former.finished_at from holdfast.executions as former where former.id = stored.id limit 1
  ) is null as "ends!"
