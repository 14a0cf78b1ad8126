-- Removes at most `limit` former versions of snapshots that were replaced long enough ago, oldest first. Returns their number. Finds the
-- rows by their place (ctid), because a plan that knows no limit would join the whole table; locked rows stay in their place.
-- Index: snapshot_versions_replaced. Locks: the removed rows; those that others hold are skipped.
-- :one
with removed as (
  delete from holdfast.snapshot_versions as former
  where former.ctid = any(array(
    select expired.ctid
    from holdfast.snapshot_versions as expired
    where expired.replaced_at <= holdfast.now() - :keepMs::bigint * interval '1 millisecond'
    order by expired.replaced_at, expired.persistence_id, expired.version
    limit :limit
    for update skip locked
  ))
  returning former.version
)
select count(*) as "removed!" from removed
