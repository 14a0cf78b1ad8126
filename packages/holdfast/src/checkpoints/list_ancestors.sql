-- The ids of a checkpoint's ancestors, the parent first.
-- Index: checkpoints_pkey, checkpoint_threads_pkey.
-- :many
with recursive chain(parent_id, id, depth) as (
  select stored.parent_id::text collate "C", null::text collate "C", 0
  from holdfast.checkpoints as stored
  where stored.thread = :thread and stored.namespace = :namespace and stored.id = :id
    and exists (
      select from holdfast.checkpoint_threads as alive
      where alive.thread = :thread and (alive.expires_at is null or alive.expires_at > holdfast.now())
    )
  union all
  select parent.parent_id, parent.id, chain.depth + 1
  from chain
  cross join lateral (
    select known.parent_id::text collate "C" as parent_id, known.id::text collate "C" as id
    from holdfast.checkpoints as known
    where known.thread = :thread and known.namespace = :namespace and known.id = chain.parent_id
    limit holdfast.at_most(1)
  ) as parent
  where chain.depth < :limit::integer
)
select chain.id as "id!"
from chain
where chain.depth > 0
order by chain.depth
