-- Removes timers that fired or were canceled before a moment: those due the longest ago first, at most `limit`; answers how many.
-- Index: timers_ended (a timer ends after it was due, but for a canceled one, which stays until its moment has passed too).
-- Locks: timers, skipping those that others hold.
-- :one
with old as materialized (
  select stored.id
  from holdfast.timers as stored
  where stored.state in ('fired', 'canceled') and stored.fire_at < :before
    and coalesce(stored.fired_at, stored.canceled_at) < :before
  order by stored.fire_at
  limit :limit
  for update skip locked
), removed as (
  delete from holdfast.timers as stored
  where stored.id = any(array(select old.id::text from old))
)
select count(*) as "removed!"
from old
