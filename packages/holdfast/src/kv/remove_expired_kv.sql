-- Removes at most `limit` expired entries, the longest expired first, and returns their number. The keys go through an array, which the
-- planner expects to be short. For a join with a LIMIT that it cannot know, it would scan the whole table.
-- Index: kv_entries_expiring, kv_entries_pkey. Locks: kv_entries, skipping those that others hold.
-- :one
with locked as materialized (
  select stored.prefix, stored.key
  from holdfast.kv_entries as stored
  where stored.expires_at <= holdfast.now()
  order by stored.expires_at
  limit :limit
  for update skip locked
), removed as (
  delete from holdfast.kv_entries as stored
  using unnest(array(select locked.prefix::text from locked), array(select locked.key::text from locked)) as gone(prefix, key)
  where stored.prefix = gone.prefix and stored.key = gone.key
  returning stored.key
)
select count(*) as "removed!"
from removed
