-- Reads one execution.
-- Index: executions_pkey.
-- :maybe
select id, version, status, strategy, definition_name, definition_version, parent_id, parent_task_id, idempotency_key, labels, usage,
  created_at, updated_at, started_at, finished_at, input, state, output, error
from holdfast.executions
where id = :id
