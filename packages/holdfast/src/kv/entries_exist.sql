-- Whether entries exist, in input order.
-- Index: kv_entries_pkey.
-- :many
select stored.version is not null as "exists!"
from unnest((select :prefixes::text[]), :keys::text[]) with ordinality as given(prefix, key, position)
left join lateral (
  select known.version
  from holdfast.kv_entries as known
  where known.prefix = given.prefix and known.key = given.key
    and (known.expires_at is null or known.expires_at > holdfast.now())
  limit holdfast.at_most(1)
) as stored on true
order by given.position
