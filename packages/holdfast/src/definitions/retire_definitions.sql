-- Retires versions. A retired version stays as it is. Answers in input order. Fails with HF004 if a version does not exist.
-- Index: definitions_pkey. Locks: definitions, under the advisory locks of their names.
-- :many
with input as (
  select given.name, given.version, given.position
  from unnest((select :names::text[]), :versions::integer[]) with ordinality as given(name, version, position)
), retired as (
  update holdfast.definitions as stored set
    status = 'retired',
    retired_at = coalesce(stored.retired_at, holdfast.now()),
    updated_at = case when stored.status = 'retired' then stored.updated_at else holdfast.now() end
  from input
  where stored.name = input.name and stored.version = input.version
  returning stored.name, stored.version, stored.status, stored.document, stored.created_at, stored.updated_at, stored.deployed_at,
    stored.retired_at
)
select input.name as "name!", input.version as "version!", retired.status as "status!", retired.document as "document!",
  retired.created_at as "created_at!", retired.updated_at as "updated_at!", retired.deployed_at as "deployed_at?",
  retired.retired_at as "retired_at?"
from input
left join retired on retired.name = input.name and retired.version = input.version
where case
  when retired.name is null then
    holdfast.fail('HF004', format('definition %s has no version %s: publish it first', input.name, input.version),
      json_build_object('entity', 'definition', 'name', input.name, 'version', input.version))
  else true
end
order by input.position
