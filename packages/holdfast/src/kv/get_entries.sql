-- Entries by prefix and key, each with its position in the input, which says nothing about one that is absent or has expired.
-- Values count towards `bytesMax`: past it, those at later positions are left out, and `found` is more than the rows.
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
  join holdfast.kv_entries as stored
    on stored.prefix = given.prefix and stored.key = given.key
    and (stored.expires_at is null or stored.expires_at > holdfast.now())
) as entry
where coalesce(entry.bytes_before, 0) < :bytesMax::integer
order by entry.position
