-- Removes the former versions of a snapshot that are older than a version, and returns their number.
-- Index: snapshots_pkey, snapshot_versions_pkey. Locks: the snapshot, whose writers remove former versions too, then those.
-- :one
with locked as materialized (
  select stored.persistence_id
  from holdfast.snapshots as stored
  where stored.persistence_id = :persistenceId
  for no key update
), removed as (
  delete from holdfast.snapshot_versions as former
  where former.persistence_id = (select locked.persistence_id from locked) and former.version < :olderThanVersion::text::bigint
  returning former.version
)
select count(*) as "count!" from removed
