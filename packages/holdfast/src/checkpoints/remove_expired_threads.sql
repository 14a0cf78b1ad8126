-- Removes at most `limit` expired threads with all their content, the longest expired first, and returns their number.
-- Index: checkpoint_threads_expiring, checkpoint_threads_pkey. Locks: checkpoint_threads, skipping those that others hold.
-- :one
with locked as materialized (
  select stored.thread
  from holdfast.checkpoint_threads as stored
  where stored.expires_at <= holdfast.now()
  order by stored.expires_at
  limit :limit
  for update skip locked
), removed as (
  delete from holdfast.checkpoint_threads as stored
  using unnest(array(select locked.thread::text from locked)) as gone(thread)
  where stored.thread = gone.thread
  returning stored.thread
)
select count(*) as "removed!"
from removed
