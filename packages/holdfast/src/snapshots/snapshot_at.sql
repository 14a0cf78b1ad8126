-- One version of a snapshot: the newest, or a kept former one.
-- Index: snapshots_pkey, snapshot_versions_pkey.
-- :maybe
select newest.persistence_id as "persistence_id!", newest.version::text as "version!", newest.generation as "generation!",
  newest.shard as "shard!", newest.created_at as "created_at!", newest.updated_at as "updated_at!",
  newest.engine_timestamp::text as "engine_timestamp?", newest.manifest as "manifest?", newest.definition_name as "definition_name?",
  newest.definition_version as "definition_version?", newest.definition_hash as "definition_hash?",
  newest.encoding as "encoding!", array_to_string(newest.digests, ' ') as "digests!", newest.payload as "payload!"
from holdfast.snapshots as newest
where newest.persistence_id = :persistenceId and newest.version = :version::text::bigint
union all
select newest.persistence_id, former.version::text, newest.generation, former.shard, newest.created_at, former.written_at,
  former.engine_timestamp::text, former.manifest, former.definition_name, former.definition_version, former.definition_hash,
  former.encoding, array_to_string(former.digests, ' '), former.payload
from holdfast.snapshot_versions as former
join holdfast.snapshots as newest on newest.persistence_id = former.persistence_id
where former.persistence_id = :persistenceId and former.version = :version::text::bigint
