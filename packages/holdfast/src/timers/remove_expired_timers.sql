-- Removes at most `limit` timers that fired or were canceled at least this long ago, oldest first, and returns their number. Those with a
-- dedupe key stay as long as their execution, whose step may schedule them again.
-- Index: timers_expiring. Locks: timers, skipping those that others hold.
-- :one
with removed as (
  delete from holdfast.timers as stored
  where stored.ctid = any(array(
    select timer.ctid
    from holdfast.timers as timer
    where timer.status in ('fired', 'canceled') and timer.dedupe_key is null
      and coalesce(timer.fired_at, timer.canceled_at) <= holdfast.now() - :keepMs::bigint * interval '1 millisecond'
    order by coalesce(timer.fired_at, timer.canceled_at)
    limit :limit
    for update skip locked
  ))
  returning stored.id
)
select count(*) as "removed!"
from removed
