-- Removes blobs, and returns in input order whether each existed. An expired one did not, but its row is removed too.
-- Index: blobs_pkey. Locks: blobs in key order, then their contents.
-- :many
with input as (
  select given.key, given.position
  from unnest((select :keys::text[])) with ordinality as given(key, position)
), locked as materialized (
  select stored.key, stored.expires_at is null or stored.expires_at > holdfast.now() as is_live
  from input
  join holdfast.blobs as stored on stored.key = input.key
  order by stored.key
  for update of stored
), removed as (
  delete from holdfast.blobs as stored
  where stored.key = any(array(select locked.key from locked))
)
select coalesce(locked.is_live, false) as "removed!"
from input
left join locked on locked.key = input.key
order by input.position
