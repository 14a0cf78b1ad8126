-- The tasks at places of a tree, without payloads, in the order of the places. Missing ones are left out.
-- Index: tasks_sequence.
-- :many
select task.id as "id!", task.execution_id as "execution_id!", task.sequence as "sequence!", task.version as "version!",
  task.parent_id as "parent_id?", task.name as "name!", task.type as "type!", task.status as "status!",
  task.strategy as "strategy!", task.attempt as "attempt!", task.component as "component?", task.agent as "agent?",
  task.action as "action?", task.tool as "tool?", task.usage as "usage!", task.created_at as "created_at!",
  task.updated_at as "updated_at!", task.started_at as "started_at?", task.finished_at as "finished_at?", place.depth as "depth!"
from unnest((select :sequences::text)::bigint[], (select :depths::text)::integer[]) as place (sequence, depth)
join holdfast.tasks as task on task.sequence = place.sequence
order by place.depth, place.sequence
