-- Counts the entries of a prefix.
-- Index: kv_entries_pkey.
-- :one
select count(*) as "count!"
from holdfast.kv_entries as stored
where stored.prefix = :prefix and (stored.expires_at is null or stored.expires_at > holdfast.now())
