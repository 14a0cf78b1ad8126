-- Counts the entries of a prefix between two keys. The bounds name both columns, as in list_entries.
-- Index: kv_entries_pkey.
-- :one
select count(*) as "count!"
from holdfast.kv_entries as stored
where (stored.prefix, stored.key) >= (:prefix, :lower)
  and (stored.prefix, stored.key) <= (:prefix, coalesce(:upper?, holdfast.last_key()))
  and (:withLower::boolean or stored.key <> :lower) and (:withUpper::boolean or stored.key is distinct from :upper?)
  and (stored.expires_at is null or stored.expires_at > holdfast.now())
