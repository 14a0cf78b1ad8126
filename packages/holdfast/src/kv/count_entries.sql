-- Counts the entries of a prefix between two keys. The prefix equals one: of bounds that name both columns, the planner expects far too
-- many rows. No order would then keep it from reading the whole table.
-- Index: kv_entries_pkey.
-- :one
select count(*) as "count!"
from holdfast.kv_entries as stored
where stored.prefix = :prefix and stored.key >= :lower and stored.key <= coalesce(:upper?, holdfast.last_key())
  and (:withLower::boolean or stored.key <> :lower) and (:withUpper::boolean or stored.key is distinct from :upper?)
  and (stored.expires_at is null or stored.expires_at > holdfast.now())
