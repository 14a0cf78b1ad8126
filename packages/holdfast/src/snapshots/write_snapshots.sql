-- Writes snapshots, one per id. Answers in input order with the outcome and the generation of each. A newer version replaces the stored
-- one. The stored version once more, with the same content, changes nothing. Fails with HF001, and writes nothing, for an older version,
-- for the same version with other content, and at another version or generation than expected. Each is compared with the row once it is
-- locked. A conflict clause sees columns only, so the expected versions come as an object by id; -1 means no snapshot.
-- Index: snapshots_pkey; for kept versions, snapshot_versions_pkey. Locks: snapshots in id order.
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
  where holdfast.replaces_snapshot(stored, excluded, (:expectedVersions?::jsonb ->> stored.persistence_id)::bigint)
  -- An inserted row has no xmax; one that the conflict locked has this transaction's.
  returning stored.persistence_id, stored.generation, stored.xmax = 0 as is_new
), drawn as materialized (
  -- If nobody else has drawn a generation since the first of these, no other life of an id can have come and gone meanwhile.
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
where holdfast.meets_expectation(settled.persistence_id, settled.outcome, settled.generation, settled.expected_generation,
  (:expectedVersions? ->> settled.persistence_id)::bigint)
order by settled.position
