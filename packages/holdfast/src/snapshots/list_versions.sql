-- The stored versions of a snapshot, after a given one, without payloads.
-- Index: snapshots_pkey; snapshot_versions_pkey.
-- :many both-orders unprepared
select stored.persistence_id as "persistence_id!", stored.version::text as "version!", stored.generation as "generation!",
  stored.shard as "shard!", stored.created_at as "created_at!", stored.updated_at as "updated_at!",
  stored.engine_timestamp::text as "engine_timestamp?", stored.manifest as "manifest?",
  stored.definition_name as "definition_name?", stored.definition_version as "definition_version?",
  stored.definition_hash as "definition_hash?"
from (
  select newest.persistence_id, newest.version, newest.generation, newest.shard, newest.created_at, newest.updated_at,
    newest.engine_timestamp, newest.manifest, newest.definition_name, newest.definition_version, newest.definition_hash
  from holdfast.snapshots as newest
  where newest.persistence_id = :persistenceId and (:afterVersion?::text is null or newest.version > :afterVersion::text::bigint)
  union all
  (
    select newest.persistence_id, former.version, newest.generation, former.shard, newest.created_at, former.written_at,
      former.engine_timestamp, former.manifest, former.definition_name, former.definition_version, former.definition_hash
    from holdfast.snapshot_versions as former
    join holdfast.snapshots as newest on newest.persistence_id = former.persistence_id
    where former.persistence_id = :persistenceId and (:afterVersion?::text is null or former.version > :afterVersion::text::bigint)
    order by former.version
    limit :limit
  )
) as stored
order by stored.version
limit :limit
