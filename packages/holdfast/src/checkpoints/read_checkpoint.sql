-- One whole checkpoint with its parts and pending writes, as `read_checkpoints` reads several, with no limit of bytes.
-- Index: checkpoints_pkey, checkpoint_threads_pkey, checkpoint_parts_pkey, checkpoint_writes_pkey.
-- :many
with head as materialized (
  select stored.id, stored.parent_id, stored.created_at, stored.labels, stored.part_names, stored.part_versions, stored.part_origins,
    stored.manifest, stored.encoding, stored.state
  from holdfast.checkpoints as stored
  where stored.thread = :thread and stored.namespace = :namespace and stored.id >= coalesce(:id?::text, '')
    and stored.id <= coalesce(:id?::text, holdfast.last_key())
    and exists (
      select from holdfast.checkpoint_threads as alive
      where alive.thread = :thread and (alive.expires_at is null or alive.expires_at > holdfast.now())
    )
  order by stored.thread desc, stored.namespace desc, stored.id desc
  limit holdfast.at_most(1)
)
select item.kind as "kind!", item.id as "id!", item.parent_id as "parent_id?", item.created_at as "created_at?", item.labels as "labels?",
  item.name as "name?", item.version as "version?", item.task as "task?", item.number as "number?", item.path as "path?",
  item.manifest as "manifest?", item.encoding as "encoding!", item.value as "value!"
from (
  select 0 as kind, head.id::text, head.parent_id::text, head.created_at, head.labels, null::text as name, null::text as version,
    null::text as task, null::integer as number, null::text as path, head.manifest::text, head.encoding, head.state as value
  from head
  union all
  select 1, stored.origin, null, null, null, stored.name, stored.version, null, null, null, stored.manifest, stored.encoding, stored.value
  from head
  cross join lateral unnest(head.part_names, head.part_versions, head.part_origins) as part(name, version, origin)
  cross join lateral (
    select known.origin, known.name, known.version, known.manifest, known.encoding, known.value
    from holdfast.checkpoint_parts as known
    where known.thread = :thread and known.namespace = :namespace and known.name = part.name and known.version = part.version
      and known.origin = coalesce(part.origin, head.id)
    limit holdfast.at_most(1)
  ) as stored
  union all
  select 2, head.id, null, null, null, pending.name, null, pending.task, pending.number, pending.path, pending.manifest, pending.encoding,
    pending.value
  from head
  cross join lateral (
    select known.name, known.task, known.number, known.path, known.manifest, known.encoding, known.value
    from holdfast.checkpoint_writes as known
    where known.thread = :thread and known.namespace = :namespace and known.checkpoint_id = head.id
    -- Cuts nothing off: a statement writes fewer.
    limit holdfast.at_most(1000000000)
  ) as pending
) as item
order by item.kind, item.path collate "C", item.task collate "C", item.number, item.name collate "C"
