-- Removes at most `limit` events that a waiter took or that expired at least this long ago, oldest first, with the dedupe ids that they
-- remember. Returns their number.
-- Index: events_over. Locks: events, skipping those that others hold.
-- :one
with removed as (
  delete from holdfast.events as stored
  where stored.ctid = any(array(
    select event.ctid
    from holdfast.events as event
    where coalesce(event.consumed_at, event.expires_at) <= holdfast.now() - :keepMs::bigint * interval '1 millisecond'
    order by coalesce(event.consumed_at, event.expires_at)
    limit :limit
    for update skip locked
  ))
  returning stored.id
)
select count(*) as "removed!"
from removed
