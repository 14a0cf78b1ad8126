-- Removes the checkpoints with these labels from locked threads, with their pending writes.
-- Index: checkpoints_labels, checkpoints_pkey, checkpoint_writes_pkey.
-- :one unprepared
with removed as (
  delete from holdfast.checkpoints as stored
  where stored.labels @> :labels::jsonb and stored.thread = any(:threads::text[])
  returning stored.thread, stored.namespace, stored.id
), removed_writes as (
  delete from holdfast.checkpoint_writes as stored
  using removed
  where stored.thread = removed.thread and stored.namespace = removed.namespace and stored.checkpoint_id = removed.id
)
select count(*) as "removed!"
from removed
