-- Removes waits, and answers in input order whether each was there, and so will now never be delivered to.
-- Index: waits_pkey. Locks: waits in key and sequence order.
-- :many
with input as (
  select given.id, given.position
  from unnest((select :ids::text[])) with ordinality as given(id, position)
), locked as materialized (
  select stored.id
  from input
  join holdfast.waits as stored on stored.id = input.id
  order by stored.key, stored.sequence
  for update of stored
), removed as (
  delete from holdfast.waits as stored
  where stored.id = any(array(select locked.id::text from locked))
)
select locked.id is not null as "canceled!"
from input
left join locked on locked.id = input.id
order by input.position
