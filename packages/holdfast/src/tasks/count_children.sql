-- Counts the children of each task by status, all attempts included. Tasks without children have no row. One join finds all of them: where
-- most tasks have one parent, the planner would read the whole table for each id.
-- Index: tasks_of_parent.
-- :many
select parent.place::integer as "place!", child.status as "status!", count(*) as "count!"
from unnest((select :parentIds::text[])) with ordinality as parent(id, place)
join holdfast.tasks as child on child.parent_id = parent.id
group by parent.place, child.status
