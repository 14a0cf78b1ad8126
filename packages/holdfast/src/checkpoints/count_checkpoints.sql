-- Counts checkpoints. Labels are compared by containment.
-- Index: checkpoints_pkey, checkpoints_labels; checkpoint_threads_pkey.
-- :one unprepared scan: without a filter it counts the whole table
select count(*) as "count!"
from holdfast.checkpoints as stored
where (:thread?::text is null or stored.thread = :thread)
  and (:namespace?::text is null or stored.namespace = :namespace)
  and (:id?::text is null or stored.id = :id)
  and (:beforeId?::text is null or stored.id < :beforeId)
  and (:labels?::jsonb is null or stored.labels @> :labels)
  and (not :isNewest::boolean or not exists (
    select from holdfast.checkpoints as later
    where later.thread = stored.thread and later.namespace = stored.namespace and later.id > stored.id
  ))
  and exists (
    select from holdfast.checkpoint_threads as alive
    where alive.thread = stored.thread and (alive.expires_at is null or alive.expires_at > holdfast.now())
  )
