-- Removes snapshots with their former versions, and returns in input order whether each existed. Each row is locked by its own
-- sub-select, so the plan is one look-up per row, even from when there were few snapshots.
-- Index: snapshots_pkey. Locks: snapshots in id order, then their former versions.
-- :many
with locked as materialized (
  select input.persistence_id, input.position, snapshot.persistence_id is not null as is_stored
  from (
    select given.persistence_id, given.position
    from unnest((select :persistenceIds::text[])) with ordinality as given(persistence_id, position)
    order by given.persistence_id collate "C"
  ) as input
  left join lateral (
    select stored.persistence_id
    from holdfast.snapshots as stored
    where stored.persistence_id = input.persistence_id
    for update
  ) as snapshot on true
), removed as (
  delete from holdfast.snapshots as stored
  using (
    select locked.persistence_id
    from locked
    where locked.is_stored
    limit holdfast.at_most(cardinality(:persistenceIds::text[]))
  ) as gone
  where stored.persistence_id = gone.persistence_id
)
select locked.is_stored as "removed!"
from locked
order by locked.position
