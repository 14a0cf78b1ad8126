-- Removes the parts of locked threads that no checkpoint has any more, and the threads without checkpoints and pending writes.
-- Index: checkpoint_parts_pkey, checkpoints_pkey, checkpoint_writes_pkey, checkpoint_threads_pkey.
-- :exec
with used as materialized (
  select stored.thread::text, stored.namespace::text, part.name, part.version,
    coalesce(part.origin, stored.id) as origin
  from unnest((select :threads::text[])) as given(thread)
  join holdfast.checkpoints as stored on stored.thread = given.thread
  cross join lateral unnest(stored.part_names, stored.part_versions, stored.part_origins) as part(name, version, origin)
), unused as (
  delete from holdfast.checkpoint_parts as stored
  using unnest((select :threads::text[])) as given(thread)
  where stored.thread = given.thread
    and not exists (
      select from used
      where used.thread = stored.thread and used.namespace = stored.namespace and used.name = stored.name
        and used.version = stored.version and used.origin = stored.origin
    )
)
delete from holdfast.checkpoint_threads as stored
using unnest((select :threads::text[])) as given(thread)
where stored.thread = given.thread
  and not exists (select from holdfast.checkpoints as known where known.thread = stored.thread)
  and not exists (select from holdfast.checkpoint_writes as pending where pending.thread = stored.thread)
