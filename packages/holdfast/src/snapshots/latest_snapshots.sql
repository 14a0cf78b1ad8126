-- The newest versions of snapshots, by id; none for those that do not exist.
-- Index: snapshots_pkey.
-- :many
select persistence_id, version, generation, shard, created_at, updated_at, engine_timestamp, manifest, definition_name,
  definition_version, definition_hash, encoding, payload
from holdfast.snapshots
where persistence_id = any(:persistenceIds::text[])
order by persistence_id
