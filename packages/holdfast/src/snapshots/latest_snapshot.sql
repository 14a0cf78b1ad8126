-- The newest version of a snapshot.
-- Index: snapshots_pkey.
-- :maybe
select persistence_id, version::text as "version!", generation, shard, created_at, updated_at, engine_timestamp::text, manifest,
  definition_name, definition_version, definition_hash, encoding, array_to_string(digests, ' ') as "digests!",
  payload
from holdfast.snapshots
where persistence_id = :persistenceId
