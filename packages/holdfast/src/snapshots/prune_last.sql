-- Removes the former versions of a snapshot but the newest so many, and answers how many it removed.
-- Index: snapshot_versions_pkey. Locks: snapshot_versions of one id.
-- :one
with removed as (
  delete from holdfast.snapshot_versions as former
  where former.persistence_id = :persistenceId
    and former.version <= (
      select newest.version
      from holdfast.snapshot_versions as newest
      where newest.persistence_id = :persistenceId
      order by newest.version desc
      offset :keep::integer
      limit 1
    )
  returning former.version
)
select count(*) as "count!" from removed
