-- As lock_execution, but gives no row where another holds it.
-- Index: executions_pkey. Locks: executions.
-- :maybe
select id, version, status, strategy, definition_name, definition_version, parent_id, idempotency_key, labels, usage, created_at, updated_at,
  started_at, finished_at, input, state, output, error
from holdfast.executions
where id = :id
for update skip locked
