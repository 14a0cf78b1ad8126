-- Pauses active schedules, and returns in input order whether each was active. Claims of their ticks are lost: the token moves on.
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
    select stored.id
    from holdfast.schedules as stored
    where stored.id = input.id and stored.status = 'active'
    for no key update
  ) as schedule on true
), paused as (
  update holdfast.schedules as stored set
    status = 'paused', paused_at = holdfast.now(), updated_at = holdfast.now(), next_at = null, available_at = null,
    token = nextval('holdfast.tokens'), version = stored.version + 1
  from (
    select locked.id
    from locked
    where locked.id is not null
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as active
  where stored.id = active.id
)
select locked.id is not null as "paused!"
from locked
order by locked.position
