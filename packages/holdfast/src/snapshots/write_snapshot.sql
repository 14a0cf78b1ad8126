-- Writes one snapshot, as `write_snapshots` does: a lone caller's takes a third of the time in this form.
-- An expected version of -1 means that there must be no snapshot.
-- Index: snapshots_pkey; for the versions that are kept, snapshot_versions_pkey. Locks: the snapshot.
-- :one scan: of the sequence, which is one row
with written as materialized (
  insert into holdfast.snapshots as stored (persistence_id, version, generation, shard, keeps, created_at, updated_at,
    engine_timestamp, manifest, definition_name, definition_version, definition_hash, encoding, digests, payload)
  values (:persistenceId::text, :version::text::bigint, nextval('holdfast.snapshot_generations'), :shard::bigint, :keeps?::integer,
    holdfast.now(), holdfast.now(), :timestamp?::text::bigint, :manifest?::text, :definitionName?::text, :definitionVersion?::integer,
    :definitionHash?::text, :encoding::text, string_to_array(:digests::text, ' '), :payload::bytea)
  on conflict (persistence_id) do update set
    version = excluded.version, shard = excluded.shard, keeps = excluded.keeps, updated_at = excluded.updated_at,
    engine_timestamp = excluded.engine_timestamp, manifest = excluded.manifest, definition_name = excluded.definition_name,
    definition_version = excluded.definition_version, definition_hash = excluded.definition_hash, encoding = excluded.encoding,
    digests = excluded.digests, payload = excluded.payload
  where case
    -- Before the replay: two writers may make the same content of one version, and one of them must learn that it lost.
    when :expectedVersion?::text::bigint <> stored.version then
      holdfast.fail('HF001', format('snapshot %s is not at the expected version', stored.persistence_id), json_build_object(
        'entity', 'snapshot', 'persistenceId', stored.persistence_id, 'field', 'expectedVersion',
        'expected', holdfast.exact(nullif(:expectedVersion?::text::bigint, -1)), 'actual', holdfast.exact(stored.version)))
    when excluded.version = stored.version and stored.digests && excluded.digests
      and stored.manifest is not distinct from excluded.manifest and stored.shard = excluded.shard
      and stored.definition_name is not distinct from excluded.definition_name
      and stored.definition_version is not distinct from excluded.definition_version
      and stored.definition_hash is not distinct from excluded.definition_hash then false
    when excluded.version > stored.version then true
    when excluded.version < stored.version then
      holdfast.fail('HF001', format('version %s of snapshot %s is older than version %s, which is stored', excluded.version,
        stored.persistence_id, stored.version), json_build_object('entity', 'snapshot', 'persistenceId', stored.persistence_id,
        'field', 'version', 'expected', holdfast.exact(excluded.version), 'actual', holdfast.exact(stored.version)))
    else
      holdfast.fail('HF001', format('version %s of snapshot %s is stored with another content', excluded.version,
        stored.persistence_id), json_build_object('entity', 'snapshot', 'persistenceId', stored.persistence_id,
        'field', case
          when not stored.digests && excluded.digests then 'payload'
          when stored.manifest is distinct from excluded.manifest then 'manifest'
          when stored.shard <> excluded.shard then 'shard'
          else 'definition'
        end,
        'expected', holdfast.exact(excluded.version), 'actual', holdfast.exact(stored.version)))
  end
  -- A row that was inserted has no xmax; one that the conflict locked has this transaction's.
  returning stored.generation, stored.xmax = 0 as is_new
), settled as materialized (
  select
    case
      when written.is_new is null then 'replayed'
      when written.is_new then 'created'
      else 'replaced'
    end as outcome,
    case
      when written.is_new is null then holdfast.generation_of(:persistenceId)
      -- Where nobody else has drawn one since, no life of the id can have come and gone with a later one.
      when not written.is_new or (
        select generations.last_value = written.generation from holdfast.snapshot_generations as generations
      ) then written.generation
      else holdfast.renew_generation(:persistenceId)
    end as generation
  from (select) as one
  left join written on true
)
select settled.outcome as "outcome!", settled.generation as "generation!"
from settled
where case
  -- Of an id that had no snapshot, the generation is one that nobody can have expected.
  when :expectedGeneration?::bigint <> case settled.outcome when 'created' then 0 else settled.generation end then
    holdfast.fail('HF001', format('snapshot %s is not of the expected generation', :persistenceId::text),
      json_build_object('entity', 'snapshot', 'persistenceId', :persistenceId::text, 'field', 'expectedGeneration',
        'expected', :expectedGeneration?,
        'actual', case settled.outcome when 'created' then 0 else settled.generation end))
  when settled.outcome = 'created' and :expectedVersion?::text::bigint >= 0 then
    holdfast.fail('HF001', format('snapshot %s is not at the expected version', :persistenceId::text),
      json_build_object('entity', 'snapshot', 'persistenceId', :persistenceId::text, 'field', 'expectedVersion',
        'expected', holdfast.exact(:expectedVersion?::text::bigint), 'actual', null))
  else true
end
