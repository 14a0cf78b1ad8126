-- Writes tasks. Answers without payloads, in any order. A new row has version 1; each write adds one. Null keeps the stored value, or
-- becomes the default of a new row; '' clears an id. On failure nothing is written. HF001: another version than expected (0: no row yet).
-- HF004: no such execution or parent. HF003: the execution has ended. HF006: the task belongs to another one. New rows get their sequence
-- in input order. Also locks tasks that another statement of the plan will write.
-- Index: tasks_pkey, executions_pkey. Locks: the executions, shared, in id order; then tasks by id, the greatest first. New rows are
-- inserted in that order too.
-- :many
select saved.id as "id!", saved.execution_id as "execution_id!", saved.sequence as "sequence!", saved.version as "version!",
  saved.parent_id as "parent_id?", saved.name as "name!", saved.type as "type!", saved.status as "status!",
  saved.strategy as "strategy!", saved.attempt as "attempt!", saved.component as "component?", saved.agent as "agent?",
  saved.action as "action?", saved.tool as "tool?", saved.usage as "usage!", saved.created_at as "created_at!",
  saved.updated_at as "updated_at!", saved.started_at as "started_at?", saved.finished_at as "finished_at?"
from holdfast.save_tasks(
  :ids::text[], :executionIds::text[], :parentIds?::text[], :names::text[], :types?::holdfast.task_type[],
  :statuses?::holdfast.status[], :strategies?::holdfast.strategy[], :attempts?::integer[], :components?::text[], :agents?::text[],
  :actions?::text[], :tools?::text[], :inputs?::json[], :outputs?::json[], :errors?::json[], :expected?::bigint[], :otherIds::text[]
) as saved
