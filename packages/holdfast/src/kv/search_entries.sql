-- The entries with labels of all prefixes that start with a text, by prefix and key, between two positions. Labels are compared by
-- containment, and by ranges, which no index serves. Pages end early as in list_entries.
-- Index: kv_entries_labels, kv_entries_pkey.
-- :many both-orders unprepared
select page.prefix as "prefix!", page.key as "key!", page.version as "version!", page.created_at as "created_at!",
  page.updated_at as "updated_at!", page.expires_at as "expires_at?",
  case when page.bytes_before < :bytesMax::integer then page.value end as "value?", page.labels as "labels!",
  page.bytes_before < :bytesMax::integer as "is_within!"
from (
  select stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at, stored.value, stored.labels,
    coalesce(sum(octet_length(stored.value)) over (
      order by stored.prefix, stored.key rows between unbounded preceding and 1 preceding
    ), 0) as bytes_before
  from holdfast.kv_entries as stored
  where stored.labels is not null
    and (:labels?::jsonb is null or stored.labels @> :labels)
    and (cardinality(:rangeNames::text[]) = 0 or holdfast.are_labels_within(stored.labels, :rangeNames::text[], :lowNumbers::float8[],
      :lowTexts::text[], :highNumbers::float8[], :highTexts::text[]))
    and (stored.prefix, stored.key) >= (:lowerPrefix, :lowerKey)
    and (stored.prefix, stored.key) <= (coalesce(:upperPrefix?, :start || holdfast.last_key()), coalesce(:upperKey?, holdfast.last_key()))
    and (:withLower::boolean or (stored.prefix, stored.key) <> (:lowerPrefix, :lowerKey))
    and (:withUpper::boolean or (stored.prefix, stored.key) is distinct from (:upperPrefix, :upperKey))
    and (stored.expires_at is null or stored.expires_at > holdfast.now())
  order by stored.prefix, stored.key
  limit :limit::bigint
) as page
order by page.prefix, page.key
