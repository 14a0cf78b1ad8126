-- As list_entries, from the greatest key down. Values count towards `bytesMax`, so that a page of large values
-- ends early, after one entry at the soonest; `found` tells how many there are with those that it leaves out.
-- The bounds are of both columns, so that the planner walks along the index also where it takes the range for a few rows.
-- Index: kv_entries_pkey.
-- :many
select page.key as "key!", page.version as "version!", page.created_at as "created_at!", page.updated_at as "updated_at!",
  page.expires_at as "expires_at?", page.value as "value?", page.found as "found!"
from (
  select found.key, found.version, found.created_at, found.updated_at, found.expires_at, found.value, count(*) over () as found,
    sum(octet_length(found.value)) over (order by found.key desc rows between unbounded preceding and 1 preceding) as bytes_before
  from (
    select stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at, stored.value
    from holdfast.kv_entries as stored
    where (stored.prefix, stored.key) >= (:prefix, :lower)
      and (stored.prefix, stored.key) <= (:prefix, coalesce(:upper?, holdfast.last_key()))
      and (:withLower::boolean or stored.key <> :lower) and (:withUpper::boolean or stored.key is distinct from :upper?)
      and (stored.expires_at is null or stored.expires_at > holdfast.now())
    order by stored.prefix desc, stored.key desc
    limit :limit
  ) as found
) as page
where coalesce(page.bytes_before, 0) < :bytesMax::integer
order by page.key desc
