-- Adds bytes to the end of values, and answers in input order. An entry that is absent, expired or null begins with them. The expiry
-- stays if none is given, and labels stay. Fails with HF006 if a value would exceed the limit.
-- Index: kv_entries_pkey. Locks: kv_entries in key order.
-- :many
with input as materialized (
  select given.prefix, given.key, given.value, given.ttl_ms, given.position
  from unnest((select :prefixes::text[]), :keys::text[], :values::bytea[], :ttlsMs?::bigint[])
    with ordinality as given(prefix, key, value, ttl_ms, position)
), written as (
  insert into holdfast.kv_entries as stored (prefix, key, created_at, updated_at, expires_at, value)
  select input.prefix, input.key, holdfast.now(), holdfast.now(), holdfast.after_ms(input.ttl_ms), input.value
  from input
  order by input.prefix collate "C", input.key collate "C"
  on conflict (prefix, key) do update set
    version = default,
    created_at = case when stored.expires_at <= holdfast.now() then excluded.created_at else stored.created_at end,
    updated_at = excluded.updated_at,
    expires_at = case
      when stored.expires_at > holdfast.now() then coalesce(excluded.expires_at, stored.expires_at)
      else excluded.expires_at
    end,
    value = case
      when stored.expires_at <= holdfast.now() or stored.value is null then excluded.value
      else stored.value || excluded.value
    end,
    labels = case when stored.expires_at <= holdfast.now() then null else stored.labels end
  returning stored.prefix, stored.key, stored.version, stored.created_at, stored.updated_at, stored.expires_at,
    octet_length(stored.value) as size
)
select written.version as "version!", written.created_at as "created_at!", written.updated_at as "updated_at!",
  written.expires_at as "expires_at?"
from input
join written on written.prefix = input.prefix and written.key = input.key
where case
  when written.size > :bytesMax::integer then
    holdfast.fail('HF006', format('value would make entry %s of prefix %s %s bytes long, above the limit of %s: begin another',
      to_json(input.key), to_json(input.prefix), written.size, :bytesMax::integer), json_build_object('field', 'value'))
  else true
end
order by input.position
