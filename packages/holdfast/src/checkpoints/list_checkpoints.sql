-- The names of checkpoints of all threads or one, by id. Labels are compared by containment.
-- Index: checkpoints_by_id, checkpoints_pkey, checkpoints_labels; checkpoint_threads_pkey.
-- :many both-orders unprepared
select stored.thread, stored.namespace, stored.id
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
  and (stored.id, stored.thread, stored.namespace) > (:afterId::text, :afterThread::text, :afterNamespace::text)
  and exists (
    select from holdfast.checkpoint_threads as alive
    where alive.thread = stored.thread and (alive.expires_at is null or alive.expires_at > holdfast.now())
  )
order by stored.id, stored.thread, stored.namespace
limit :limit
