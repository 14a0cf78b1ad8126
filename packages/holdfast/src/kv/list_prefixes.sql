-- The prefixes with entries that start with a text, after a given one, or from that text on. One step into the index finds each, past all
-- entries of the previous one.
-- Index: kv_entries_pkey.
-- :many both-orders
with recursive found(after, number) as (
  select :after::text collate "C", case when :withStart::boolean and exists (
    select from holdfast.kv_entries as stored
    where stored.prefix = :start and (stored.expires_at is null or stored.expires_at > holdfast.now())
  ) then 1 else 0 end
  union all
  select following.prefix, found.number + 1
  from found
  cross join lateral (
    select stored.prefix::text
    from holdfast.kv_entries as stored
    where stored.prefix > found.after and stored.prefix >= :start and stored.prefix <= :start || holdfast.last_key()
      and (stored.expires_at is null or stored.expires_at > holdfast.now())
    order by stored.prefix
    limit 1
  ) as following
  where found.number < :limit::integer
)
select found.after as "prefix!"
from found
where found.number > 0
order by found.number asc
