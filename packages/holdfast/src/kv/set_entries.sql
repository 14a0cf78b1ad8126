-- Writes entries without labels, whatever was stored, and answers in locking order, by name. An expired entry is written as a new one.
-- Index: kv_entries_pkey. Locks: kv_entries in key order.
-- :many
insert into holdfast.kv_entries as stored (prefix, key, created_at, updated_at, expires_at, value)
select given.prefix, given.key, holdfast.now(), holdfast.now(), holdfast.after_ms(given.ttl_ms), given.value
from unnest((select :prefixes::text[]), :keys::text[], :values?::bytea[], :ttlsMs?::bigint[]) as given(prefix, key, value, ttl_ms)
order by given.prefix collate "C", given.key collate "C"
on conflict (prefix, key) do update set
  version = default,
  created_at = case when stored.expires_at <= holdfast.now() then excluded.created_at else stored.created_at end,
  updated_at = excluded.updated_at, expires_at = excluded.expires_at, value = excluded.value, labels = null
returning stored.prefix as "prefix!", stored.key as "key!", stored.version as "version!", stored.created_at as "created_at!",
  stored.updated_at as "updated_at!", stored.expires_at as "expires_at?"
