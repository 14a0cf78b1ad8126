-- Entries by prefix and key, each with its position in the input. Absent and expired entries have no row. Values count towards
-- `bytesMax`: beyond it, later positions are left out, and `found` exceeds the number of rows.
-- Index: kv_entries_pkey.
-- :many
select entry.position as "position!", entry.version as "version!", entry.created_at as "created_at!",
  entry.updated_at as "updated_at!", entry.expires_at as "expires_at?", entry.value as "value?", entry.found as "found!"
from (
  select given.position, stored.version, stored.created_at, stored.updated_at, stored.expires_at, stored.value,
    count(*) over () as found,
    sum(octet_length(stored.value)) over (
      order by given.position rows between unbounded preceding and 1 preceding
    ) as bytes_before
  from unnest((select :prefixes::text[]), :keys::text[]) with ordinality as given(prefix, key, position)
  cross join lateral (
    select known.version, known.created_at, known.updated_at, known.expires_at, known.value
    from holdfast.kv_entries as known
    where known.prefix = given.prefix and known.key = given.key
      and (known.expires_at is null or known.expires_at > holdfast.now())
    limit holdfast.at_most(1)
  ) as stored
) as entry
where coalesce(entry.bytes_before, 0) < :bytesMax::integer
order by entry.position
