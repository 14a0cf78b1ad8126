-- The entries of exactly one prefix between two keys, by key. Values count towards `bytesMax`. An entry beyond it comes without its value
-- and says so. A page ends before it, but has at least one entry. Bounds and order name both columns, so that the planner walks along the
-- index even if it expects few rows of the range. The running sum has the same order. Otherwise everything would be sorted before the
-- first row is sent.
-- Index: kv_entries_pkey.
-- :many both-orders
select page.key as "key!", page.version as "version!", page.created_at as "created_at!", page.updated_at as "updated_at!",
  page.expires_at as "expires_at?", case when page.bytes_before < :bytesMax::integer then page.value end as "value?",
  page.bytes_before < :bytesMax::integer as "is_within!"
from (
  select stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at, stored.value,
    coalesce(sum(octet_length(stored.value)) over (
      order by stored.prefix, stored.key rows between unbounded preceding and 1 preceding
    ), 0) as bytes_before
  from holdfast.kv_entries as stored
  where (stored.prefix, stored.key) >= (:prefix, :lower)
    and (stored.prefix, stored.key) <= (:prefix, coalesce(:upper?, holdfast.last_key()))
    and (:withLower::boolean or stored.key <> :lower) and (:withUpper::boolean or stored.key is distinct from :upper?)
    and (stored.expires_at is null or stored.expires_at > holdfast.now())
  order by stored.prefix, stored.key
  limit (select :limit::bigint)
) as page
order by page.prefix, page.key
