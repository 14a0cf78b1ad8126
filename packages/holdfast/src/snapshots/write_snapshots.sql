-- Writes snapshots, one an id, and answers in input order what became of each, with its generation. A newer version replaces the
-- stored one; the stored version once more, with the same content, changes nothing. Fails and writes nothing (HF001) where one
-- is older than what is stored, is of the same version with another content, or expects another version or generation. All is
-- compared with the row as it is once it is locked. Expected versions come by id, -1 for no snapshot: a conflict sees columns only.
-- Index: snapshots_pkey; for the versions that are kept, snapshot_versions_pkey. Locks: snapshots in id order.
-- :many
with input as materialized (
  select given.persistence_id, given.version, given.shard, given.keeps, given.expected_generation, given.engine_timestamp, given.manifest,
    given.definition_name, given.definition_version, given.definition_hash, given.encoding, given.digests, given.payload,
    given.position
  from unnest((select :persistenceIds::text[]), :versions::text[]::bigint[], :shards::bigint[], :keeps?::integer[], :expectedGenerations?::bigint[],
      :timestamps?::text[]::bigint[], :manifests?::text[], :definitionNames?::text[], :definitionVersions?::integer[],
      :definitionHashes?::text[], :encodings::text[], :digests::text[], :payloads::bytea[])
    with ordinality as given(persistence_id, version, shard, keeps, expected_generation, engine_timestamp, manifest, definition_name,
      definition_version, definition_hash, encoding, digests, payload, position)
), written as materialized (
  insert into holdfast.snapshots as stored (persistence_id, version, generation, shard, keeps, created_at, updated_at,
    engine_timestamp, manifest, definition_name, definition_version, definition_hash, encoding, digests, payload)
  select input.persistence_id, input.version, nextval('holdfast.snapshot_generations'), input.shard, input.keeps, holdfast.now(),
    holdfast.now(), input.engine_timestamp, input.manifest, input.definition_name, input.definition_version, input.definition_hash, input.encoding,
    string_to_array(input.digests, ' '), input.payload
  from input
  order by input.persistence_id collate "C"
  on conflict (persistence_id) do update set
    version = excluded.version, shard = excluded.shard, keeps = excluded.keeps, updated_at = excluded.updated_at,
    engine_timestamp = excluded.engine_timestamp, manifest = excluded.manifest, definition_name = excluded.definition_name,
    definition_version = excluded.definition_version, definition_hash = excluded.definition_hash, encoding = excluded.encoding,
    digests = excluded.digests, payload = excluded.payload
  where case
    -- Before the replay: two writers may make the same content of one version, and one of them must learn that it lost.
    when (:expectedVersions?::jsonb ->> stored.persistence_id)::bigint <> stored.version then
      holdfast.fail('HF001', format('snapshot %s is not at the expected version', stored.persistence_id), json_build_object(
        'entity', 'snapshot', 'persistenceId', stored.persistence_id, 'field', 'expectedVersion',
        'expected', holdfast.exact(nullif((:expectedVersions? ->> stored.persistence_id)::bigint, -1)), 'actual', holdfast.exact(stored.version)))
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
  returning stored.persistence_id, stored.generation, stored.xmax = 0 as is_new
), drawn as materialized (
  -- Where nobody else has drawn one since the first of these, no life of an id can have come and gone with a later one.
  select count(*) = (select count(*) from input) and holdfast.are_last_generations(min(made.generation), count(*)) as is_last
  from written as made
  where made.is_new
), settled as materialized (
  select input.persistence_id, input.expected_generation, input.position,
    case
      when written.persistence_id is null then 'replayed'
      when written.is_new then 'created'
      else 'replaced'
    end as outcome,
    case
      when written.persistence_id is null then holdfast.generation_of(input.persistence_id)
      when not written.is_new or (select drawn.is_last from drawn) then written.generation
      else holdfast.renew_generation(input.persistence_id)
    end as generation
  from input
  left join written on written.persistence_id = input.persistence_id
)
select settled.outcome as "outcome!", settled.generation as "generation!"
from settled
where case
  -- Of an id that had no snapshot, the generation is one that nobody can have expected.
  when settled.expected_generation <> case settled.outcome when 'created' then 0 else settled.generation end then
    holdfast.fail('HF001', format('snapshot %s is not of the expected generation', settled.persistence_id),
      json_build_object('entity', 'snapshot', 'persistenceId', settled.persistence_id, 'field', 'expectedGeneration',
        'expected', settled.expected_generation,
        'actual', case settled.outcome when 'created' then 0 else settled.generation end))
  when settled.outcome = 'created' and (:expectedVersions? ->> settled.persistence_id)::bigint >= 0 then
    holdfast.fail('HF001', format('snapshot %s is not at the expected version', settled.persistence_id),
      json_build_object('entity', 'snapshot', 'persistenceId', settled.persistence_id, 'field', 'expectedVersion',
        'expected', holdfast.exact((:expectedVersions? ->> settled.persistence_id)::bigint), 'actual', null))
  else true
end
order by settled.position
