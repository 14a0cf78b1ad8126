-- Removes snapshots with their former versions, and answers, in input order, whether each was there.
-- Index: snapshots_pkey. Locks: snapshots in id order, then their former versions.
-- :many
with input as (
  select given.persistence_id, given.position
  from unnest((select :persistenceIds::text[])) with ordinality as given(persistence_id, position)
), locked as materialized (
  select stored.persistence_id
  from input
  join holdfast.snapshots as stored on stored.persistence_id = input.persistence_id
  order by stored.persistence_id
  for update of stored
), removed as (
  delete from holdfast.snapshots as stored
  using locked
  where stored.persistence_id = locked.persistence_id
  returning stored.persistence_id
)
select removed.persistence_id is not null as "removed!"
from input
left join removed on removed.persistence_id = input.persistence_id
order by input.position
