-- The outputs of a task's children by name, from the newest attempt of each. Children without an output are left out.
-- Index: tasks_of_parent_by_name, or tasks_of_parent and a sort.
-- :many
select newest.name as "name!", newest.output as "output!"
from (
  select distinct on (child.name) child.name, child.output
  from holdfast.tasks as child
  where child.parent_id = :parentId
  order by child.name, child.attempt desc, child.sequence desc
) as newest
where newest.output is not null
order by newest.name
