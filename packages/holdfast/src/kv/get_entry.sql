-- Reads one entry, unless it has expired.
-- Index: kv_entries_pkey.
-- :maybe
select stored.version, stored.created_at, stored.updated_at, stored.expires_at, stored.value
from holdfast.kv_entries as stored
where stored.prefix = :prefix and stored.key = :key and (stored.expires_at is null or stored.expires_at > holdfast.now())
