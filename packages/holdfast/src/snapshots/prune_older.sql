-- Removes the former versions of a snapshot that are older than a version, and answers how many there were.
-- Index: snapshot_versions_pkey. Locks: snapshot_versions of one id.
-- :one
with removed as (
  delete from holdfast.snapshot_versions as former
  where former.persistence_id = :persistenceId and former.version < :olderThanVersion
  returning former.version
)
select count(*) as "count!" from removed
