-- Locks the threads that have checkpoints with these labels, and returns their names.
-- Index: checkpoints_labels, checkpoint_threads_pkey. Locks: checkpoint_threads in order.
-- :many unprepared
select found.thread as "thread!"
from (
  select distinct stored.thread collate "C" as thread
  from holdfast.checkpoints as stored
  where stored.labels @> :labels::jsonb
  order by 1
) as found
cross join lateral (
  select known.thread
  from holdfast.checkpoint_threads as known
  where known.thread = found.thread
  for update
) as locked
