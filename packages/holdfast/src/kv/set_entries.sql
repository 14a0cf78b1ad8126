-- Writes entries, whatever was there, and answers in input order. An entry that has expired is written as if there were none.
-- Index: kv_entries_pkey. Locks: kv_entries in key order.
-- :many
with input as materialized (
  select given.prefix, given.key, given.value, given.ttl_ms, given.position
  from unnest((select :prefixes::text[]), :keys::text[], :values?::bytea[], :ttlsMs?::bigint[])
    with ordinality as given(prefix, key, value, ttl_ms, position)
), written as (
  insert into holdfast.kv_entries as stored (prefix, key, created_at, updated_at, expires_at, value)
  select input.prefix, input.key, holdfast.now(), holdfast.now(), holdfast.after_ms(input.ttl_ms), input.value
  from input
  order by input.prefix collate "C", input.key collate "C"
  on conflict (prefix, key) do update set
    version = default,
    created_at = case when stored.expires_at <= holdfast.now() then excluded.created_at else stored.created_at end,
    updated_at = excluded.updated_at, expires_at = excluded.expires_at, value = excluded.value
  returning stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at
)
select written.version as "version!", written.created_at as "created_at!", written.updated_at as "updated_at!",
  written.expires_at as "expires_at?"
from input
join written on written.prefix = input.prefix and written.key = input.key
order by input.position
