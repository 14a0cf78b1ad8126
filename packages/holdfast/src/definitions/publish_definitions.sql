-- Adds versions of definitions, and answers in input order. Without a version, assigns the next of the name. An existing version fails
-- with HF007. Runs under the advisory locks of the names, after their active versions were retired if a new one is to be active.
-- Index: definitions_pkey. Locks: definitions in name order.
-- :many
with input as (
  select given.name, given.version, given.status, given.document, given.position
  from unnest((select :names::text[]), :versions?::integer[], :statuses::holdfast.definition_status[], :documents::jsonb[])
    with ordinality as given(name, version, status, document, position)
), numbered as materialized (
  select input.name, input.status, input.document, input.position,
    coalesce(input.version, newest.version + 1, 1) as version
  from input
  left join lateral (
    select stored.version
    from holdfast.definitions as stored
    where stored.name = input.name
    order by stored.version desc
    limit 1
  ) as newest on true
  order by input.name collate "C"
), written as (
  -- In REPEATABLE READ, a version that the snapshot does not show is a serialization failure here, and the transaction is retried.
  insert into holdfast.definitions (name, version, status, document, created_at, updated_at, deployed_at, retired_at)
  select numbered.name, numbered.version, numbered.status, numbered.document, holdfast.now(), holdfast.now(),
    case when numbered.status = 'active' then holdfast.now() end,
    case when numbered.status = 'retired' then holdfast.now() end
  from numbered
  on conflict (name, version) do nothing
  returning name, version, created_at, updated_at, deployed_at, retired_at
)
select numbered.version as "version!", written.created_at as "created_at!", written.updated_at as "updated_at!",
  written.deployed_at as "deployed_at?", written.retired_at as "retired_at?"
from numbered
left join written on written.name = numbered.name and written.version = numbered.version
where case
  when written.name is null then
    holdfast.fail('HF007', format('version %s of definition %s exists: publish under another version, or leave it out for the next one',
      numbered.version, numbered.name),
      json_build_object('entity', 'definition', 'name', numbered.name, 'version', numbered.version))
  else true
end
order by numbered.position
