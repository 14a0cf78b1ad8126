-- Removes waits whose time has run out, the longest expired first, at most `limit`; callers at the same time share them out.
-- The ids go through an array, whose length the planner takes for small, so that it never scans the whole table for a join.
-- Index: waits_expiring, waits_pkey. Locks: waits, skipping those that others hold.
-- :many
with expired as materialized (
  select stored.id
  from holdfast.waits as stored
  where stored.expires_at <= holdfast.now()
  order by stored.expires_at, stored.sequence
  limit :limit
  for update skip locked
), removed as (
  delete from holdfast.waits as stored
  where stored.id = any(array(select expired.id::text from expired))
  returning stored.id, stored.sequence, stored.key, stored.execution_id, stored.step, stored.created_at, stored.expires_at
)
select removed.id as "id!", removed.key as "key!", removed.execution_id as "execution_id!", removed.step as "step!",
  removed.created_at as "created_at!", removed.expires_at as "expires_at!"
from removed
order by removed.expires_at, removed.sequence
