-- Writes executions, and answers in any order. What is not given keeps what is stored. A new row gets the defaults and version 1; a
-- write adds one to the version. Fails, and writes nothing, with HF002 where a token does not hold the lease, with HF001 at another
-- version than the expected one (0: no row yet), with HF004 without the definition or the parent, with HF006 where the parent is not
-- the stored one, and with HF003 for a status that cannot follow the stored one.
-- `hasParents` tells whether the parent of a row comes earlier in the input. The order of creation is that of the input.
-- Index: executions_pkey, leases_pkey, definitions_pkey, definitions_active. Locks: definitions, shared, in key order; then executions
-- in id order, in which new rows are inserted and parents locked too, these shared.
-- :many
select saved.id as "id!", saved.version as "version!", saved.status as "status!", saved.strategy as "strategy!",
  saved.definition_name as "definition_name?", saved.definition_version as "definition_version?", saved.parent_id as "parent_id?",
  saved.idempotency_key as "idempotency_key?", saved.labels as "labels!", saved.usage as "usage!", saved.created_at as "created_at!",
  saved.updated_at as "updated_at!", saved.started_at as "started_at?", saved.finished_at as "finished_at?"
from holdfast.save_executions(
  :ids::text[], :tokens?::bigint[], :expected?::bigint[], :statuses?::holdfast.status[], :strategies?::holdfast.strategy[],
  :definitionNames?::text[], :definitionVersions?::text[], :parentIds?::text[], :hasParents::boolean[], :labels?::jsonb[],
  :inputs?::json[], :states?::json[], :outputs?::json[], :errors?::json[]
) as saved
