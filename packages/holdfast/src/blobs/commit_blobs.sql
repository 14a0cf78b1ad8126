-- Makes uploaded contents the blobs of their keys, one per input row. Returns in input order whether each was. A trigger releases the
-- previous content of a key. With `ifAbsent` that one stays, unless it has expired, and the new content stays pending. Fails with HF002
-- if a sweep has given an upload up. Each row is locked by its own sub-select, so the plan is one look-up per row, even from when there
-- were few contents.
-- Index: blob_contents_pkey, blobs_pkey. Locks: the contents in id order, then blobs in key order, then the released contents.
-- :many
with input as materialized (
  select given.key, given.content_id, given.content_type, given.metadata, given.expires_at, given.ttl_ms, given.size, given.sha256,
    given.position
  from unnest((select :keys::text[]), :contentIds::text[], :contentTypes::text[], :metadata?::json[], :expiresAt?::timestamptz[],
    :ttlsMs?::bigint[], :sizes::bigint[], :digests::bytea[])
    with ordinality as given(key, content_id, content_type, metadata, expires_at, ttl_ms, size, sha256, position)
), pending as materialized (
  select content.id
  from (select input.content_id from input order by input.content_id collate "C") as wanted
  cross join lateral (
    select stored.id
    from holdfast.blob_contents as stored
    where stored.id = wanted.content_id and stored.pending_until is not null
    for no key update
  ) as content
), written as (
  insert into holdfast.blobs as stored (key, content_id, content_type, created_at, updated_at, expires_at, metadata)
  select input.key, input.content_id, input.content_type, holdfast.now(), holdfast.now(),
    coalesce(input.expires_at, holdfast.now() + input.ttl_ms * interval '1 millisecond'), input.metadata
  from input
  join pending on pending.id = input.content_id
  order by input.key collate "C"
  on conflict (key) do update set
    content_id = excluded.content_id, content_type = excluded.content_type, updated_at = excluded.updated_at,
    expires_at = excluded.expires_at, metadata = excluded.metadata,
    created_at = case when stored.expires_at <= excluded.created_at then excluded.created_at else stored.created_at end
  where not :ifAbsent::boolean or stored.expires_at <= excluded.created_at
  returning stored.key, stored.content_id, stored.created_at, stored.updated_at, stored.expires_at
), committed as (
  update holdfast.blob_contents as stored set pending_until = null, size = made.size, sha256 = made.sha256
  from (
    select input.content_id, input.size, input.sha256
    from input
    join written on written.content_id = input.content_id
    limit holdfast.at_most(cardinality(:contentIds::text[]))
  ) as made
  where stored.id = made.content_id
)
select written.key is not null as "is_written!", written.created_at as "created_at?", written.updated_at as "updated_at?",
  written.expires_at as "expires_at?"
from input
left join pending on pending.id = input.content_id
left join written on written.content_id = input.content_id
where case
  when pending.id is null then
    holdfast.fail('HF002', format('the upload of blob %s was given up by a sweep, for no sign of life came from it: upload it again', input.key),
      json_build_object('entity', 'blob', 'key', input.key))
  else true
end
order by input.position
