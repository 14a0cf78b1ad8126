-- Counts entries that have expired and are still stored.
-- Index: kv_entries_expiring.
-- :one
select count(*) as "expired!"
from holdfast.kv_entries as stored
where stored.expires_at <= holdfast.now()
