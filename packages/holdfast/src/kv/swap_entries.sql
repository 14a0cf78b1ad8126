-- Writes entries that are at the expected version (0: no entry; null: any), and answers for each written one with its position in the
-- input. If `isRequired`, another version fails with HF001, and nothing is written. One command writes all of them, because their
-- existence may change until it reaches them. It compares with the row once it is locked. An entry that expects a version is not sent
-- there without a row. If that row is removed before it is locked, the command inserts a row that expired long ago, and so is absent.
-- Until the comparison, updated_at holds the time of its expiry. The sub-selects are hashed.
-- Index: kv_entries_pkey. Locks: kv_entries in key order, in which new ones are inserted too.
-- :many
with input as materialized (
  select given.prefix, given.key, given.value, holdfast.after_ms(given.ttl_ms) as expires_at, given.expected, given.labels, given.position
  from unnest((select :prefixes::text[]), :keys::text[], :values?::bytea[], :ttlsMs?::bigint[], :expected?::bigint[], :labels?::jsonb[])
    with ordinality as given(prefix, key, value, ttl_ms, expected, labels, position)
), written as (
  insert into holdfast.kv_entries as stored (prefix, key, created_at, updated_at, expires_at, value, labels)
  select input.prefix, input.key, holdfast.now(),
    case when input.expected > 0 then coalesce(input.expires_at, 'infinity') else holdfast.now() end,
    case when input.expected > 0 then '-infinity' else input.expires_at end, input.value, input.labels
  from input
  where coalesce(input.expected, 0) = 0 or (
    select present.version from holdfast.kv_entries as present where present.prefix = input.prefix and present.key = input.key
  ) is not null
  order by input.prefix collate "C", input.key collate "C"
  on conflict (prefix, key) do update set
    version = default,
    created_at = case when stored.expires_at <= holdfast.now() then excluded.created_at else stored.created_at end,
    updated_at = excluded.created_at,
    expires_at = case when excluded.expires_at = '-infinity' then nullif(excluded.updated_at, 'infinity') else excluded.expires_at end,
    value = excluded.value,
    labels = excluded.labels
  where (stored.prefix, stored.key, case when stored.expires_at <= holdfast.now() then 0 else stored.version end)
      in (select input.prefix, input.key, input.expected from input where input.expected is not null)
    or (stored.prefix, stored.key) in (select input.prefix, input.key from input where input.expected is null)
  returning stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at
), won as (
  select written.prefix, written.key, written.version, written.created_at, written.updated_at, written.expires_at
  from written
  where written.expires_at is distinct from '-infinity'
)
select input.position as "position!", won.version as "version!", won.created_at as "created_at!",
  won.updated_at as "updated_at!", won.expires_at as "expires_at?"
from input
left join won on won.prefix = input.prefix and won.key = input.key
where case
  when won.version is not null then true
  when :isRequired::boolean then
    holdfast.fail('HF001', format('entry %s of prefix %s is not at the expected version', to_json(input.key),
      to_json(input.prefix)), json_build_object('entity', 'entry', 'prefix', input.prefix, 'key', input.key,
      'expected', input.expected, 'actual', holdfast.kv_version(input.prefix, input.key)))
  else false
end
order by input.position
