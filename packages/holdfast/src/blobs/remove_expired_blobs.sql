-- Removes at most `limit` expired blobs, the longest expired first, and returns their number. Their contents are released.
-- Index: blobs_expiring, blobs_pkey. Locks: blobs, skipping those that others hold, then their contents.
-- :one
with expired as materialized (
  select stored.key
  from holdfast.blobs as stored
  where stored.expires_at <= holdfast.now()
  order by stored.expires_at
  limit :limit
  for update skip locked
), removed as (
  delete from holdfast.blobs as stored
  where stored.key = any(array(select expired.key from expired))
  returning stored.key
)
select count(*) as "removed!"
from removed
