-- Gives entries another expiry, or none, and returns each in input order; null if it does not exist. Values, versions and write times
-- stay. Each row is locked by its own sub-select, so the plan is one look-up per row, even from when there were few entries.
-- Index: kv_entries_pkey. Locks: kv_entries in key order.
-- :many
with locked as materialized (
  select input.prefix, input.key, input.expires_at, input.position, entry.is_there
  from (
    select given.prefix, given.key, holdfast.after_ms(given.ttl_ms) as expires_at, given.position
    from unnest((select :prefixes::text[]), :keys::text[], :ttlsMs?::bigint[]) with ordinality as given(prefix, key, ttl_ms, position)
    order by given.prefix collate "C", given.key collate "C"
  ) as input
  left join lateral (
    select true as is_there
    from holdfast.kv_entries as stored
    where stored.prefix = input.prefix and stored.key = input.key
      and (stored.expires_at is null or stored.expires_at > holdfast.now())
    for no key update
  ) as entry on true
), touched as (
  update holdfast.kv_entries as stored set expires_at = held.expires_at
  from (
    select locked.prefix, locked.key, locked.expires_at
    from locked
    where locked.is_there
    limit holdfast.at_most(cardinality(:keys::text[]))
  ) as held
  where stored.prefix = held.prefix and stored.key = held.key
  returning stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at
)
select touched.version as "version?", touched.created_at as "created_at?", touched.updated_at as "updated_at?",
  touched.expires_at as "expires_at?"
from locked
left join touched on touched.prefix = locked.prefix and touched.key = locked.key
order by locked.position
