-- A task and its descendants down to a depth, by depth and then by creation, after a given place, without payloads. Also returns whether
-- tasks exist below that depth. A task has one parent, so damaged data with a cycle could repeat only the root.
-- Index: tasks_pkey, tasks_of_parent.
-- :many both-orders
with recursive walk as (
  select root.id::text as id, root.sequence, 0 as depth
  from holdfast.tasks as root
  where root.id = :rootId
  union all
  select child.id::text, child.sequence, walk.depth + 1
  from walk
  join holdfast.tasks as child on child.parent_id = walk.id
  where walk.depth < :depthMax::integer and child.id <> :rootId
), page as materialized (
  select walk.id, walk.depth, walk.sequence
  from walk
  where (walk.depth, walk.sequence) > (:afterDepth::integer, :afterSequence::bigint)
  order by walk.depth, walk.sequence
  limit :limit
)
select task.id as "id!", task.execution_id as "execution_id!", task.sequence as "sequence!", task.version as "version!",
  task.parent_id as "parent_id?", task.name as "name!", task.type as "type!", task.status as "status!",
  task.strategy as "strategy!", task.attempt as "attempt!", task.component as "component?", task.agent as "agent?",
  task.action as "action?", task.tool as "tool?", task.usage as "usage!", task.created_at as "created_at!",
  task.updated_at as "updated_at!", task.started_at as "started_at?", task.finished_at as "finished_at?", page.depth as "depth!",
  exists (
    select from walk as deepest
    join holdfast.tasks as below on below.parent_id = deepest.id
    where deepest.depth = :depthMax and below.id <> :rootId
  ) as "is_cut!"
from page
join holdfast.tasks as task on task.id = page.id
order by page.depth, page.sequence
