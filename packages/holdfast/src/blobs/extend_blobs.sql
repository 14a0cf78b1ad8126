-- Extends blobs to at least the given expiry, with null for forever. Never shortens one, nor revives an expired blob.
-- Index: blobs_pkey. Locks: blobs in key order.
-- :exec
with input as (
  select given.key, given.expires_at, given.ttl_ms
  from unnest((select :keys::text[]), :expiresAt?::timestamptz[], :ttlsMs?::bigint[]) as given(key, expires_at, ttl_ms)
), locked as materialized (
  select stored.key, coalesce(input.expires_at, holdfast.now() + input.ttl_ms * interval '1 millisecond') as wanted_until
  from input
  join holdfast.blobs as stored on stored.key = input.key
  where stored.expires_at > holdfast.now()
  order by stored.key
  for no key update of stored
)
update holdfast.blobs as stored
set expires_at = case when locked.wanted_until is not null then greatest(stored.expires_at, locked.wanted_until) end
from locked
where stored.key = locked.key and stored.key = any(:keys::text[])
