-- Writes executions, and answers in any order. Omitted fields keep their stored values. A new row gets the defaults and version 1; each
-- write adds one to the version. On failure nothing is written. HF002: a token does not hold the lease. HF001: another version than
-- expected (0: no row yet). HF004: no such definition or parent. HF006: the parent or its task is not the stored one. HF003: the status cannot follow
-- the stored one. `hasParents` says whether the parent of a row comes earlier in the input. Rows are created in input order.
-- Index: executions_pkey, leases_pkey, definitions_pkey, definitions_active. Locks: definitions, shared, in key order; then executions in
-- id order. New rows are inserted in that order too, and parents locked, shared.
-- :many
select saved.id as "id!", saved.version as "version!", saved.status as "status!", saved.strategy as "strategy!",
  saved.definition_name as "definition_name?", saved.definition_version as "definition_version?", saved.parent_id as "parent_id?",
  saved.parent_task_id as "parent_task_id?", saved.idempotency_key as "idempotency_key?", saved.labels as "labels!", saved.usage as "usage!", saved.created_at as "created_at!",
  saved.updated_at as "updated_at!", saved.started_at as "started_at?", saved.finished_at as "finished_at?",
  coalesce(saved.finished_at = saved.updated_at, false) and (
    select former.finished_at from holdfast.executions as former where former.id = saved.id limit 1
  ) is null as "ends!"
from holdfast.save_executions(
  :ids::text[], :tokens?::bigint[], :expected?::bigint[], :statuses?::holdfast.status[], :strategies?::holdfast.strategy[],
  :definitionNames?::text[], :definitionVersions?::text[], :parentIds?::text[], :parentTaskIds?::text[], :hasParents::boolean[],
  :labels?::jsonb[], :inputs?::json[], :states?::json[], :keptStates?::integer[], :outputs?::json[], :errors?::json[]
) as saved
