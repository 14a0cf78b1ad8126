-- Removes events, with the dedupe ids that they remember, that expired before a moment: the longest expired first, at most
-- `limit`; answers how many.
-- Index: events_expiring, events_pkey. Locks: events, skipping those that others hold.
-- :one
with old as materialized (
  select stored.id
  from holdfast.events as stored
  where stored.expires_at < :before
  order by stored.expires_at
  limit :limit
  for update skip locked
), removed as (
  delete from holdfast.events as stored
  where stored.id = any(array(select old.id::text from old))
)
select count(*) as "removed!"
from old
