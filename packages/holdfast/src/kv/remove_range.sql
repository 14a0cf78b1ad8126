-- Removes the first entries of exactly one prefix between two keys, at most `limit`. Returns how many rows were removed, and how many of
-- them had not expired. The bounds name both columns, so that the planner walks along the index even if it expects few rows of the range.
-- The keys go through an array, which the planner expects to be short. For a join with a LIMIT that it cannot know, it would scan the
-- whole table.
-- Index: kv_entries_pkey. Locks: kv_entries in key order.
-- :one
with locked as materialized (
  select stored.key
  from holdfast.kv_entries as stored
  where (stored.prefix, stored.key) >= (:prefix, :lower)
    and (stored.prefix, stored.key) <= (:prefix, coalesce(:upper?, holdfast.last_key()))
    and (:withLower::boolean or stored.key <> :lower) and (:withUpper::boolean or stored.key is distinct from :upper?)
  order by stored.prefix, stored.key
  limit :limit
  for update
), removed as (
  delete from holdfast.kv_entries as stored
  where stored.prefix = :prefix and stored.key = any(array(select locked.key::text from locked))
  returning stored.expires_at
)
select count(*) as "gone!", count(*) filter (where removed.expires_at is null or removed.expires_at > holdfast.now()) as "removed!"
from removed
