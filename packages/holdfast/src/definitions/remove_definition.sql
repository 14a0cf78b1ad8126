-- Removes one version and returns whether it existed. Fails with HF001 while executions refer to it. The statement before locks the
-- version, so no execution begins to refer to it.
-- Index: definitions_pkey, executions_of_definition. Locks: definitions.
-- :one
with referring as materialized (
  select count(*) as executions
  from holdfast.executions as execution
  where execution.definition_name = :name and execution.definition_version = :version
), removed as (
  delete from holdfast.definitions as stored
  using referring
  where stored.name = :name and stored.version = :version
    and case
      when referring.executions > 0 then
        holdfast.fail('HF001', format('version %s of definition %s has executions (%s): remove them first, or remove it with cascade',
          stored.version, stored.name, referring.executions),
          json_build_object('reason', 'references', 'entity', 'definition', 'name', stored.name, 'version', stored.version, 'executions', referring.executions))
      else true
    end
  returning stored.name
)
select count(*) > 0 as "removed!"
from removed
