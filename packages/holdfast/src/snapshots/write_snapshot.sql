-- Writes one snapshot, as `write_snapshots` does, in a third of the time. An expected version of -1 means that no snapshot may exist.
-- Index: snapshots_pkey; for kept versions, snapshot_versions_pkey. Locks: the snapshot.
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
  where holdfast.replaces_snapshot(stored, excluded, :expectedVersion?::text::bigint)
  -- An inserted row has no xmax; one that the conflict locked has this transaction's.
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
      -- If nobody else has drawn a generation since, no other life of the id can have come and gone meanwhile.
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
where holdfast.meets_expectation(:persistenceId, settled.outcome, settled.generation, :expectedGeneration?::bigint,
  :expectedVersion?::text::bigint)
