-- Removes executions with everything that is theirs, children too, and answers, in input order, whether each was there.
-- Index: executions_pkey. Locks: executions in id order.
-- :many
with input as (
  select given.id, given.position
  from unnest(:ids::text[]) with ordinality as given(id, position)
), locked as materialized (
  select stored.id
  from input
  join holdfast.executions as stored on stored.id = input.id
  order by stored.id
  for update of stored
), removed as (
  delete from holdfast.executions as stored
  using locked
  where stored.id = locked.id
  returning stored.id
)
select removed.id is not null as "removed!"
from input
left join removed on removed.id = input.id
order by input.position
