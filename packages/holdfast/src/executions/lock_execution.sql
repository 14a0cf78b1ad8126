-- Locks one execution until the transaction ends. Locked for update, so that nothing new can refer to it either: no task, wait, timer
-- or child is added meanwhile.
-- Index: executions_pkey. Locks: the execution.
-- :maybe lock-modes
select id, version, status, strategy, definition_name, definition_version, parent_id, parent_task_id, idempotency_key, labels, usage,
  created_at, updated_at, started_at, finished_at, input, state, output, error
from holdfast.executions
where id = :id
for update
