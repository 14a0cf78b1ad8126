-- Counts the entries of a prefix between two keys by their labels, which are compared as in search_entries.
-- Index: kv_entries_labels, kv_entries_pkey.
-- :one unprepared
select count(*) as "count!"
from holdfast.kv_entries as stored
where stored.labels is not null
  and (:labels?::jsonb is null or stored.labels @> :labels)
  and (cardinality(:rangeNames::text[]) = 0 or holdfast.are_labels_within(stored.labels, :rangeNames::text[], :lowNumbers::float8[],
    :lowTexts::text[], :highNumbers::float8[], :highTexts::text[]))
  and stored.prefix = :prefix and stored.key >= :lower and stored.key <= coalesce(:upper?, holdfast.last_key())
  and (:withLower::boolean or stored.key <> :lower) and (:withUpper::boolean or stored.key is distinct from :upper?)
  and (stored.expires_at is null or stored.expires_at > holdfast.now())
