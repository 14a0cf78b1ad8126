-- The versions of a snapshot that are stored, newest first, up to a given one, without their payloads.
-- Index: snapshots_pkey; snapshot_versions_pkey, backwards.
-- :many
select newest.persistence_id as "persistence_id!", newest.version as "version!", newest.generation as "generation!",
  newest.shard as "shard!", newest.created_at as "created_at!", newest.updated_at as "updated_at!",
  newest.engine_timestamp as "engine_timestamp?", newest.manifest as "manifest?", newest.definition_name as "definition_name?",
  newest.definition_version as "definition_version?", newest.definition_hash as "definition_hash?"
from holdfast.snapshots as newest
where newest.persistence_id = :persistenceId and newest.version <= :newest
union all
(
  select newest.persistence_id, former.version, newest.generation, former.shard, newest.created_at, former.written_at,
    former.engine_timestamp, former.manifest, former.definition_name, former.definition_version, former.definition_hash
  from holdfast.snapshot_versions as former
  join holdfast.snapshots as newest on newest.persistence_id = former.persistence_id
  where former.persistence_id = :persistenceId and former.version <= :newest
  order by former.version desc
  limit :limit
)
order by "version!" desc
limit :limit
