-- Writes entries that are at the version which is expected (0: there is none; null: whatever is there), and answers for
-- each that was written with its position in the input. Where `isRequired`, one that is not fails with HF001, and nothing is written.
-- The lock gives the newest version of what the statement's snapshot has. An entry that it does not have yet may come to be
-- meanwhile: who expects none writes over it only if it has expired, which is why that is an insert of its own.
-- Each row is locked by a sub-select of its own: so the plan is one look-up a row, also from when there were few entries.
-- Index: kv_entries_pkey. Locks: kv_entries in key order.
-- :many
with input as materialized (
  select given.prefix, given.key, given.value, given.ttl_ms, given.expected, given.position
  from unnest((select :prefixes::text[]), :keys::text[], :values?::bytea[], :ttlsMs?::bigint[], :expected?::bigint[])
    with ordinality as given(prefix, key, value, ttl_ms, expected, position)
), locked as materialized (
  select entry.prefix, entry.key, entry.version
  from (
    select input.prefix, input.key from input order by input.prefix collate "C", input.key collate "C"
  ) as wanted
  cross join lateral (
    select stored.prefix, stored.key,
      case when stored.expires_at <= holdfast.now() then 0 else stored.version end as version
    from holdfast.kv_entries as stored
    where stored.prefix = wanted.prefix and stored.key = wanted.key
    for update
  ) as entry
), written as (
  insert into holdfast.kv_entries as stored (prefix, key, created_at, updated_at, expires_at, value)
  select input.prefix, input.key, holdfast.now(), holdfast.now(), holdfast.after_ms(input.ttl_ms), input.value
  from input
  left join locked on locked.prefix = input.prefix and locked.key = input.key
  where input.expected is null or input.expected > 0 and input.expected = locked.version
  order by input.prefix collate "C", input.key collate "C"
  on conflict (prefix, key) do update set
    version = default,
    created_at = case when stored.expires_at <= holdfast.now() then excluded.created_at else stored.created_at end,
    updated_at = excluded.updated_at, expires_at = excluded.expires_at, value = excluded.value
  returning stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at
), created as (
  insert into holdfast.kv_entries as stored (prefix, key, created_at, updated_at, expires_at, value)
  select input.prefix, input.key, holdfast.now(), holdfast.now(), holdfast.after_ms(input.ttl_ms), input.value
  from input
  where input.expected = 0 and (select count(*) from locked) >= 0
  order by input.prefix collate "C", input.key collate "C"
  on conflict (prefix, key) do update set
    version = default, created_at = excluded.created_at, updated_at = excluded.updated_at, expires_at = excluded.expires_at,
    value = excluded.value
  where stored.expires_at <= holdfast.now()
  returning stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at
), won as (
  select written.prefix, written.key, written.version, written.created_at, written.updated_at, written.expires_at
  from written
  union all
  select created.prefix, created.key, created.version, created.created_at, created.updated_at, created.expires_at
  from created
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
