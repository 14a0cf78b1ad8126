-- Whether there are entries, in input order.
-- Index: kv_entries_pkey.
-- :many
select stored.version is not null as "exists!"
from unnest((select :prefixes::text[]), :keys::text[]) with ordinality as given(prefix, key, position)
left join holdfast.kv_entries as stored
  on stored.prefix = given.prefix and stored.key = given.key
  and (stored.expires_at is null or stored.expires_at > holdfast.now())
order by given.position
