-- The prefixes with entries that start with a text, after a given one. Each is found by one step into the index past all
-- entries of the one before.
-- Index: kv_entries_pkey.
-- :many
with recursive found(prefix, number) as (
  (
    select stored.prefix::text, 1
    from holdfast.kv_entries as stored
    where stored.prefix >= :from and (:withFrom::boolean or stored.prefix <> :from)
      and stored.prefix <= :start || holdfast.last_key()
      and (stored.expires_at is null or stored.expires_at > holdfast.now())
    order by stored.prefix
    limit 1
  )
  union all
  select following.prefix, found.number + 1
  from found
  cross join lateral (
    select stored.prefix::text
    from holdfast.kv_entries as stored
    where stored.prefix > found.prefix and stored.prefix <= :start || holdfast.last_key()
      and (stored.expires_at is null or stored.expires_at > holdfast.now())
    order by stored.prefix
    limit 1
  ) as following
  where found.number < :limit::integer
)
select found.prefix as "prefix!"
from found
order by found.number
