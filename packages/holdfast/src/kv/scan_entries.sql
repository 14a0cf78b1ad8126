-- The entries of all prefixes that start with a text, by prefix and key, after a given position. Pages end early as in
-- list_entries.
-- Index: kv_entries_pkey.
-- :many
select page.prefix as "prefix!", page.key as "key!", page.version as "version!", page.created_at as "created_at!",
  page.updated_at as "updated_at!", page.expires_at as "expires_at?", page.value as "value?", page.found as "found!"
from (
  select found.prefix, found.key, found.version, found.created_at, found.updated_at, found.expires_at, found.value,
    count(*) over () as found,
    sum(octet_length(found.value)) over (
      order by found.prefix, found.key rows between unbounded preceding and 1 preceding
    ) as bytes_before
  from (
    select stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at, stored.value
    from holdfast.kv_entries as stored
    where stored.prefix <= :start || holdfast.last_key()
      and (stored.prefix, stored.key) >= (:fromPrefix, :fromKey)
      and (:withFrom::boolean or (stored.prefix, stored.key) <> (:fromPrefix, :fromKey))
      and (stored.expires_at is null or stored.expires_at > holdfast.now())
    order by stored.prefix, stored.key
    limit :limit
  ) as found
) as page
where coalesce(page.bytes_before, 0) < :bytesMax::integer
order by page.prefix, page.key
