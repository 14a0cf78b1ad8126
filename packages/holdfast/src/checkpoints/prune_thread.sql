-- Removes the checkpoints of a locked thread, except the newest of each namespace and its nearest ancestors, with their pending writes.
-- Index: checkpoints_pkey, checkpoint_writes_pkey.
-- :one
with recursive kept(namespace, id, parent_id, depth) as (
  select newest.namespace, newest.id, newest.parent_id, 0
  from (
    select distinct on (stored.namespace) stored.namespace::text collate "C" as namespace,
      stored.id::text collate "C" as id, stored.parent_id::text collate "C" as parent_id
    from holdfast.checkpoints as stored
    where stored.thread = :thread
    order by stored.namespace, stored.id desc
  ) as newest
  union all
  select kept.namespace, parent.id, parent.parent_id, kept.depth + 1
  from kept
  cross join lateral (
    select known.id::text collate "C" as id, known.parent_id::text collate "C" as parent_id
    from holdfast.checkpoints as known
    where known.thread = :thread and known.namespace = kept.namespace and known.id = kept.parent_id
    limit holdfast.at_most(1)
  ) as parent
  where kept.depth < :ancestors::bigint
), removed as (
  delete from holdfast.checkpoints as stored
  where stored.thread = :thread
    and (stored.namespace::text, stored.id::text) not in (select kept.namespace, kept.id from kept)
  returning stored.namespace, stored.id
), removed_writes as (
  delete from holdfast.checkpoint_writes as stored
  using removed
  where stored.thread = :thread and stored.namespace = removed.namespace and stored.checkpoint_id = removed.id
)
select count(*) as "removed!"
from removed
