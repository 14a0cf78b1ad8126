-- Reads executions by id, in any order. Missing ones have no row.
-- Index: executions_pkey.
-- :many
select id, version, status, strategy, definition_name, definition_version, parent_id, parent_task_id, idempotency_key, labels, usage,
  created_at, updated_at, started_at, finished_at, case when :withPayloads::boolean then input end as "input?", case when :withPayloads then state end as "state?",
  case when :withPayloads then output end as "output?", case when :withPayloads then error end as "error?"
from holdfast.executions
where id = any((select :ids::text[])::text[])
