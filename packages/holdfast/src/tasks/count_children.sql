-- Counts the children of each task by status, all attempts included. Tasks without children have no row.
-- Index: tasks_of_parent.
-- :many
select parent.place::integer as "place!", child.status as "status!", child.count as "count!"
from unnest((select :parentIds::text[])) with ordinality as parent(id, place)
cross join lateral (
  select task.status, count(*) as count
  from holdfast.tasks as task
  where task.parent_id = parent.id
  group by task.status
) as child
