-- Writes checkpoints with their parts, and the pending writes of tasks. An input without a state has only writes. A part without a value
-- is the parent's if that has this version, and otherwise that of the last checkpoint to store it. A part that none stored is left out. A
-- checkpoint or a part that exists is replaced; a pending write only if its number is negative.
-- Index: checkpoint_threads_pkey, checkpoints_pkey, checkpoint_parts_pkey, checkpoint_writes_pkey. Locks: checkpoint_threads in order;
-- their content, which nobody else changes meanwhile.
-- :exec
with input as materialized (
  select given.thread, given.namespace, given.id, given.parent_id, given.ttl_ms, given.labels, given.manifest, given.encoding, given.state,
    given.position, parent.part_names, parent.part_versions, parent.part_origins
  from unnest((select :threads::text[]), :namespaces::text[], :ids::text[], :parentIds?::text[], :ttlsMs?::bigint[], :labels::jsonb[],
      :manifests?::text[], :encodings::text[], :states?::bytea[])
    with ordinality as given(thread, namespace, id, parent_id, ttl_ms, labels, manifest, encoding, state, position)
  left join lateral (
    select stored.part_names, stored.part_versions, stored.part_origins
    from holdfast.checkpoints as stored
    where stored.thread = given.thread and stored.namespace = given.namespace and stored.id = given.parent_id
    limit holdfast.at_most(1)
  ) as parent on true
), held as materialized (
  insert into holdfast.checkpoint_threads as stored (thread, created_at, updated_at, expires_at)
  select input.thread, holdfast.now(), holdfast.now(), holdfast.after_ms(max(input.ttl_ms))
  from input
  group by input.thread
  order by input.thread collate "C"
  on conflict (thread) do update set
    created_at = case when stored.expires_at <= excluded.updated_at then excluded.created_at else stored.created_at end,
    updated_at = excluded.updated_at,
    expires_at = case
      when stored.expires_at > excluded.updated_at then coalesce(excluded.expires_at, stored.expires_at)
      else excluded.expires_at
    end
  returning stored.thread
), part as materialized (
  select input.thread, input.namespace, input.position, given.name, given.version, given.manifest, given.encoding, given.value,
    case
      when given.value is not null then input.id
      when input.part_versions[array_position(input.part_names, given.name)] = given.version
        then coalesce(input.part_origins[array_position(input.part_names, given.name)], input.parent_id)
      else holdfast.checkpoint_part_origin(input.thread, input.namespace, given.name, given.version)
    end as origin
  from unnest((select :partInputs::bigint[]), :partNames::text[], :partVersions::text[], :partManifests?::text[], :partEncodings::text[],
      :partValues?::bytea[]) as given(position, name, version, manifest, encoding, value)
  join input on input.position = given.position
), stored_parts as (
  insert into holdfast.checkpoint_parts (thread, namespace, name, version, origin, manifest, encoding, value)
  select part.thread, part.namespace, part.name, part.version, part.origin, part.manifest, part.encoding, part.value
  from part
  -- Takes the locks first: here, and where checkpoints and pending writes are added.
  where part.value is not null and (select count(*) from held) >= 0
  on conflict (thread, namespace, name, version, origin) do update set
    manifest = excluded.manifest, encoding = excluded.encoding, value = excluded.value
), stored_checkpoints as (
  insert into holdfast.checkpoints (thread, namespace, id, parent_id, created_at, labels, part_names, part_versions, part_origins,
    manifest, encoding, state)
  select input.thread, input.namespace, input.id, input.parent_id, holdfast.now(), input.labels, parts.names, parts.versions,
    parts.origins, input.manifest, input.encoding, input.state
  from input
  cross join lateral (
    select coalesce(array_agg(part.name), '{}') as names, coalesce(array_agg(part.version), '{}') as versions,
      coalesce(array_agg(nullif(part.origin, input.id)), '{}') as origins
    from part
    where part.position = input.position and part.origin is not null
  ) as parts
  where input.state is not null and (select count(*) from held) >= 0
  on conflict (thread, namespace, id) do update set
    parent_id = excluded.parent_id, labels = excluded.labels, part_names = excluded.part_names, part_versions = excluded.part_versions,
    part_origins = excluded.part_origins, manifest = excluded.manifest, encoding = excluded.encoding, state = excluded.state
)
insert into holdfast.checkpoint_writes (thread, namespace, checkpoint_id, task, number, path, name, manifest, encoding, value)
select input.thread, input.namespace, input.id, given.task, given.number, given.path, given.name, given.manifest, given.encoding, given.value
from unnest((select :writeInputs::bigint[]), :tasks::text[], :numbers::integer[], :paths::text[], :writeNames::text[], :writeManifests?::text[],
    :writeEncodings::text[], :writeValues::bytea[]) as given(position, task, number, path, name, manifest, encoding, value)
join input on input.position = given.position
where (select count(*) from held) >= 0
on conflict (thread, namespace, checkpoint_id, task, number) do update set
  path = excluded.path, name = excluded.name, manifest = excluded.manifest, encoding = excluded.encoding, value = excluded.value
  where excluded.number < 0
