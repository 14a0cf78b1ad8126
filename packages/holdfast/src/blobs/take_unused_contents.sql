-- Takes at most `limit` contents in reachable backends that no blob has had for at least `olderThanMs`. Also takes those of uploads whose
-- last sign of life is that long over. The uploads are given up, so they can no longer commit.
-- Index: blob_contents_pending, blob_contents_unused, blob_contents_pkey. Locks: blob_contents, skipping those that others hold.
-- :many
with dead as materialized (
  select stored.id, stored.backend
  from holdfast.blob_contents as stored
  where stored.pending_until <= holdfast.now() - :olderThanMs::bigint * interval '1 millisecond'
    and stored.backend = any(:backends::holdfast.blob_backend[])
  order by stored.pending_until
  limit :limit
  for no key update skip locked
), unused as materialized (
  select stored.id, stored.backend
  from holdfast.blob_contents as stored
  where stored.unused_since <= holdfast.now() - :olderThanMs::bigint * interval '1 millisecond'
    and stored.backend = any(:backends::holdfast.blob_backend[])
  order by stored.unused_since
  limit :limit::bigint - (select count(*) from dead)
  for no key update skip locked
), abandoned as (
  update holdfast.blob_contents as stored set pending_until = null, unused_since = holdfast.now()
  where stored.id = any(array(select dead.id::text from dead))
)
select dead.id as "id!", dead.backend as "backend!" from dead
union all
select unused.id as "id!", unused.backend as "backend!" from unused
