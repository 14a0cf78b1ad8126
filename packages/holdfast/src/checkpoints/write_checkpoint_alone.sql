-- Writes one checkpoint with its parts, as `write_checkpoints` writes several: each node of a plan that is left out saves a lone caller time.
-- Parts with values are this checkpoint's own; the others it shares.
-- Index: checkpoint_threads_pkey, checkpoints_pkey, checkpoint_parts_pkey. Locks: the thread; its content, which nobody else changes
-- meanwhile.
-- :exec
with held as materialized (
  insert into holdfast.checkpoint_threads as stored (thread, created_at, updated_at, expires_at)
  values (:thread::text, holdfast.now(), holdfast.now(), holdfast.after_ms(:ttlMs?::bigint))
  on conflict (thread) do update set
    created_at = case when stored.expires_at <= excluded.updated_at then excluded.created_at else stored.created_at end,
    updated_at = excluded.updated_at,
    expires_at = case
      when stored.expires_at > excluded.updated_at then coalesce(excluded.expires_at, stored.expires_at)
      else excluded.expires_at
    end
  returning stored.thread
), stored_parts as (
  insert into holdfast.checkpoint_parts (thread, namespace, name, version, origin, manifest, encoding, value)
  select :thread, :namespace::text, own.name, own.version, :id::text, own.manifest, own.encoding, own.value
  from unnest((select :ownNames::text[]), :ownVersions::text[], :ownManifests?::text[], :ownEncodings::text[], :ownValues::bytea[])
    as own(name, version, manifest, encoding, value)
  -- Takes the lock first: here, and where the checkpoint is added.
  where (select count(*) from held) >= 0
  on conflict (thread, namespace, name, version, origin) do update set
    manifest = excluded.manifest, encoding = excluded.encoding, value = excluded.value
)
insert into holdfast.checkpoints (thread, namespace, id, parent_id, created_at, labels, part_names, part_versions, part_origins,
  manifest, encoding, state)
select :thread, :namespace::text, :id::text, :parentId?::text, holdfast.now(), :labels::jsonb, :ownNames::text[] || shared.names,
  :ownVersions::text[] || shared.versions, array_fill(null::text, array[cardinality(:ownNames::text[])]) || shared.origins,
  :manifest?::text, :encoding::text, :state::bytea
from (
  select coalesce(array_agg(part.name), '{}') as names, coalesce(array_agg(part.version), '{}') as versions,
    coalesce(array_agg(part.origin), '{}') as origins
  from (
    select given.name, given.version,
      case
        when parent.part_versions[array_position(parent.part_names, given.name)] = given.version
          then coalesce(parent.part_origins[array_position(parent.part_names, given.name)], :parentId)
        else holdfast.checkpoint_part_origin(:thread, :namespace, given.name, given.version)
      end as origin
    from unnest((select :sharedNames::text[]), :sharedVersions::text[]) as given(name, version)
    left join lateral (
      select stored.part_names, stored.part_versions, stored.part_origins
      from holdfast.checkpoints as stored
      where stored.thread = :thread and stored.namespace = :namespace and stored.id = :parentId
      limit holdfast.at_most(1)
    ) as parent on true
  ) as part
  where part.origin is not null
) as shared
where (select count(*) from held) >= 0
on conflict (thread, namespace, id) do update set
  parent_id = excluded.parent_id, labels = excluded.labels, part_names = excluded.part_names, part_versions = excluded.part_versions,
  part_origins = excluded.part_origins, manifest = excluded.manifest, encoding = excluded.encoding, state = excluded.state
