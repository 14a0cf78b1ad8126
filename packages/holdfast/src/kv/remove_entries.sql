-- Removes entries and answers, in input order, whether each was there. Where another version than the expected one was found,
-- fails with HF001, and nothing is removed. What has expired was not there, and goes too.
-- Index: kv_entries_pkey. Locks: kv_entries in key order.
-- :many
with input as materialized (
  select given.prefix, given.key, given.expected, given.position
  from unnest((select :prefixes::text[]), :keys::text[], :expected?::bigint[])
    with ordinality as given(prefix, key, expected, position)
), locked as materialized (
  select stored.prefix, stored.key,
    case when stored.expires_at <= holdfast.now() then 0 else stored.version end as version
  from input
  join holdfast.kv_entries as stored on stored.prefix = input.prefix and stored.key = input.key
  order by stored.prefix, stored.key
  for update of stored
), removed as (
  delete from holdfast.kv_entries as stored
  using locked
  where stored.prefix = locked.prefix and stored.key = locked.key
  returning stored.prefix, stored.key
)
select removed.key is not null and locked.version > 0 as "removed!"
from input
left join locked on locked.prefix = input.prefix and locked.key = input.key
left join removed on removed.prefix = input.prefix and removed.key = input.key
where case
  when coalesce(locked.version, 0) <> input.expected then
    holdfast.fail('HF001', format('entry %s of prefix %s is not at the expected version', to_json(input.key),
      to_json(input.prefix)), json_build_object('entity', 'entry', 'prefix', input.prefix, 'key', input.key,
      'expected', input.expected, 'actual', coalesce(locked.version, 0)))
  else true
end
order by input.position
