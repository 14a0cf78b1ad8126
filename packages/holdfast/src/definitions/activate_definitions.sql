-- Activates versions, after the formerly active ones of their names were retired. An active version stays as it is. Answers in input
-- order. Fails with HF004 if a version does not exist.
-- Index: definitions_pkey. Locks: definitions, under the advisory locks of their names.
-- :many
with input as (
  select given.name, given.version, given.position
  from unnest((select :names::text[]), :versions::integer[]) with ordinality as given(name, version, position)
), activated as (
  update holdfast.definitions as stored set
    status = 'active',
    deployed_at = case when stored.status = 'active' then stored.deployed_at else holdfast.now() end,
    updated_at = case when stored.status = 'active' then stored.updated_at else holdfast.now() end,
    retired_at = null
  from input
  where stored.name = input.name and stored.version = input.version
  returning stored.name, stored.version, stored.status, stored.document, stored.created_at, stored.updated_at, stored.deployed_at,
    stored.retired_at
)
select input.name as "name!", input.version as "version!", activated.status as "status!", activated.document as "document!",
  activated.created_at as "created_at!", activated.updated_at as "updated_at!", activated.deployed_at as "deployed_at?",
  activated.retired_at as "retired_at?"
from input
left join activated on activated.name = input.name and activated.version = input.version
where case
  when activated.name is null then
    holdfast.fail('HF004', format('definition %s has no version %s: publish it first', input.name, input.version),
      json_build_object('entity', 'definition', 'name', input.name, 'version', input.version))
  else true
end
order by input.position
