-- Removes entries, and returns in input order whether each existed. At another version than expected, fails with HF001 and removes
-- nothing. An expired entry did not exist, but its row is removed too. Each row is locked by its own sub-select, so the plan is one
-- look-up per row, even from when there were few entries.
-- Index: kv_entries_pkey. Locks: kv_entries in key order.
-- :many
with locked as materialized (
  select input.prefix, input.key, input.expected, input.position, entry.version is not null as is_stored,
    coalesce(entry.version, 0) as version
  from (
    select given.prefix, given.key, given.expected, given.position
    from unnest((select :prefixes::text[]), :keys::text[], :expected?::bigint[])
      with ordinality as given(prefix, key, expected, position)
    order by given.prefix collate "C", given.key collate "C"
  ) as input
  left join lateral (
    select case when stored.expires_at <= holdfast.now() then 0 else stored.version end as version
    from holdfast.kv_entries as stored
    where stored.prefix = input.prefix and stored.key = input.key
    for update
  ) as entry on true
), removed as (
  delete from holdfast.kv_entries as stored
  using (
    select locked.prefix, locked.key
    from locked
    where locked.is_stored
    limit holdfast.at_most(cardinality(:keys::text[]))
  ) as gone
  where stored.prefix = gone.prefix and stored.key = gone.key
)
select locked.version > 0 as "removed!"
from locked
where case
  when locked.version <> locked.expected then
    holdfast.fail('HF001', format('entry %s of prefix %s is not at the expected version', to_json(locked.key),
      to_json(locked.prefix)), json_build_object('entity', 'entry', 'prefix', locked.prefix, 'key', locked.key,
      'expected', locked.expected, 'actual', locked.version))
  else true
end
order by locked.position
