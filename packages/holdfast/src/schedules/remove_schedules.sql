-- Removes schedules, and returns in input order whether each existed. Their jobs stay.
-- Index: schedules_pkey. Locks: schedules in id order.
-- :many
with locked as materialized (
  select input.position, schedule.id
  from (
    select given.id, given.position
    from unnest((select :ids::text[])) with ordinality as given(id, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select stored.id from holdfast.schedules as stored where stored.id = input.id for update
  ) as schedule on true
), removed as (
  delete from holdfast.schedules as stored
  using (
    select locked.id
    from locked
    where locked.id is not null
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as gone
  where stored.id = gone.id
)
select locked.id is not null as "removed!"
from locked
order by locked.position
