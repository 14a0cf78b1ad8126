-- Checkpoints with their parts and pending writes: a row for the checkpoint, and one for each of the others. Without an id, the newest of
-- the namespace. Unless it is whole, only the parts and writes of some names. Each row has the position of its input. Values count towards `bytesMax`:
-- beyond it, later positions are left out, and `found` exceeds the number of rows.
-- Index: checkpoints_pkey, checkpoint_threads_pkey, checkpoint_parts_pkey, checkpoint_writes_pkey.
-- :many
with head as materialized (
  select given.position, given.thread, given.namespace, stored.id, stored.parent_id, stored.created_at, stored.labels, stored.part_names,
    stored.part_versions, stored.part_origins, stored.manifest, stored.encoding, stored.state
  from unnest((select :threads::text[]), :namespaces::text[], :ids?::text[]) with ordinality as given(thread, namespace, id, position)
  cross join lateral (
    select known.id, known.parent_id, known.created_at, known.labels, known.part_names, known.part_versions, known.part_origins,
      known.manifest, known.encoding, known.state
    from holdfast.checkpoints as known
    where known.thread = given.thread and known.namespace = given.namespace and known.id >= coalesce(given.id, '')
      and known.id <= coalesce(given.id, holdfast.last_key())
    order by known.thread desc, known.namespace desc, known.id desc
    limit holdfast.at_most(1)
  ) as stored
  cross join lateral (
    select alive.thread
    from holdfast.checkpoint_threads as alive
    where alive.thread = given.thread and (alive.expires_at is null or alive.expires_at > holdfast.now())
    limit holdfast.at_most(1)
  ) as alive
)
select item.position as "position!", item.kind as "kind!", item.id as "id!", item.parent_id as "parent_id?",
  item.created_at as "created_at?", item.labels as "labels?", item.name as "name?", item.version as "version?", item.task as "task?",
  item.number as "number?", item.path as "path?", item.manifest as "manifest?", item.encoding as "encoding!", item.value as "value!",
  item.found as "found!"
from (
  select every.position, every.kind, every.id, every.parent_id, every.created_at, every.labels, every.name, every.version, every.task,
    every.number, every.path, every.manifest, every.encoding, every.value, count(*) over () as found,
    sum(octet_length(every.value)) over (
      order by every.position groups between unbounded preceding and 1 preceding
    ) as bytes_before
  from (
    select head.position, 0 as kind, head.id::text, head.parent_id::text, head.created_at, head.labels, null::text as name,
      null::text as version, null::text as task, null::integer as number, null::text as path, head.manifest::text, head.encoding,
      head.state as value
    from head
    union all
    select head.position, 1, stored.origin, null, null, null, stored.name, stored.version, null, null, null, stored.manifest,
      stored.encoding, stored.value
    from head
    cross join lateral unnest(head.part_names, head.part_versions, head.part_origins) as part(name, version, origin)
    cross join lateral (
      select known.origin, known.name, known.version, known.manifest, known.encoding, known.value
      from holdfast.checkpoint_parts as known
      where known.thread = head.thread and known.namespace = head.namespace and known.name = part.name and known.version = part.version
        and known.origin = coalesce(part.origin, head.id)
      limit holdfast.at_most(1)
    ) as stored
    where :isWhole::boolean or part.name = any(:names::text[])
    union all
    select head.position, 2, head.id, null, null, null, pending.name, null, pending.task, pending.number, pending.path, pending.manifest,
      pending.encoding, pending.value
    from head
    cross join lateral (
      select known.name, known.task, known.number, known.path, known.manifest, known.encoding, known.value
      from holdfast.checkpoint_writes as known
      where known.thread = head.thread and known.namespace = head.namespace and known.checkpoint_id = head.id
        and (:isWhole::boolean or known.name = any(:names::text[]))
      -- Cuts nothing off: a statement writes fewer.
      limit holdfast.at_most(:bytesMax::bigint)
    ) as pending
  ) as every
) as item
where coalesce(item.bytes_before, 0) < :bytesMax::bigint
order by item.position, item.kind, item.path collate "C", item.task collate "C", item.number, item.name collate "C"
