-- Removes the first entries of all prefixes that start with a text, at most `limit`. Answers like remove_range. The keys go through an
-- array, which the planner expects to be short. For a join with a LIMIT that it cannot know, it would scan the whole table.
-- Index: kv_entries_pkey. Locks: kv_entries in key order.
-- :one
with locked as materialized (
  select stored.prefix, stored.key
  from holdfast.kv_entries as stored
  where stored.prefix >= :start and stored.prefix <= :start || holdfast.last_key()
  order by stored.prefix, stored.key
  limit :limit
  for update
), removed as (
  delete from holdfast.kv_entries as stored
  using unnest(array(select locked.prefix::text from locked), array(select locked.key::text from locked)) as gone(prefix, key)
  where stored.prefix = gone.prefix and stored.key = gone.key
  returning stored.expires_at
)
select count(*) as "gone!", count(*) filter (where removed.expires_at is null or removed.expires_at > holdfast.now()) as "removed!"
from removed
