-- Copies a thread with all its content under another name, and returns the number of checkpoints; 0 if there is none. The copy expires
-- when the thread does. Fails with HF007 if the other name is taken.
-- Index: checkpoint_threads_pkey, checkpoints_pkey, checkpoint_parts_pkey, checkpoint_writes_pkey. Locks: the copy.
-- :one
with made as materialized (
  insert into holdfast.checkpoint_threads as stored (thread, created_at, updated_at, expires_at)
  select :target::text, holdfast.now(), holdfast.now(), source.expires_at
  from holdfast.checkpoint_threads as source
  where source.thread = :source and (source.expires_at is null or source.expires_at > holdfast.now())
  on conflict (thread) do update set
    created_at = excluded.created_at, updated_at = excluded.updated_at, expires_at = excluded.expires_at
    where stored.expires_at <= holdfast.now()
      or holdfast.fail('HF007', format('thread %s exists', stored.thread), json_build_object('entity', 'thread', 'thread', stored.thread))
  returning stored.thread
), copied as (
  insert into holdfast.checkpoints (thread, namespace, id, parent_id, created_at, labels, part_names, part_versions, part_origins,
    manifest, encoding, state)
  select made.thread, stored.namespace, stored.id, stored.parent_id, stored.created_at, stored.labels, stored.part_names,
    stored.part_versions, stored.part_origins, stored.manifest, stored.encoding, stored.state
  from made
  cross join holdfast.checkpoints as stored
  where stored.thread = :source
  returning id
), copied_parts as (
  insert into holdfast.checkpoint_parts (thread, namespace, name, version, origin, manifest, encoding, value)
  select made.thread, stored.namespace, stored.name, stored.version, stored.origin, stored.manifest, stored.encoding, stored.value
  from made
  cross join holdfast.checkpoint_parts as stored
  where stored.thread = :source
), copied_writes as (
  insert into holdfast.checkpoint_writes (thread, namespace, checkpoint_id, task, number, path, name, manifest, encoding, value)
  select made.thread, stored.namespace, stored.checkpoint_id, stored.task, stored.number, stored.path, stored.name, stored.manifest,
    stored.encoding, stored.value
  from made
  cross join holdfast.checkpoint_writes as stored
  where stored.thread = :source
)
select count(*) as "copied!"
from copied
