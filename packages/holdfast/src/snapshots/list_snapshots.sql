-- Snapshots by persistence id, after a given one, optionally of a shard and of a definition. Without payloads.
-- Index: snapshots_pkey, snapshots_shard, snapshots_definition.
-- :many both-orders unprepared
select persistence_id, version::text as "version!", generation, shard, created_at, updated_at, engine_timestamp::text, manifest,
  definition_name, definition_version, definition_hash
from holdfast.snapshots
where persistence_id > :after
  and (:shard?::bigint is null or shard = :shard)
  and (:definitionName?::text is null or definition_name = :definitionName)
order by persistence_id
limit :limit
