-- Locks the tasks that several statements of a plan will write, all in one order.
-- Index: tasks_pkey. Locks: tasks by id, the greatest first.
-- :exec
with locked as materialized (
  select task.id
  from (
    select given.id from unnest((select :ids::text[])) as given(id) order by given.id collate "C" desc
  ) as input
  cross join lateral (
    select stored.id from holdfast.tasks as stored where stored.id = input.id for no key update
  ) as task
)
select count(*) as "locked!"
from locked
