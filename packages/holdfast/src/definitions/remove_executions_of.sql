-- Removes the executions of one version, with everything they own.
-- Index: executions_of_definition, executions_pkey. Locks: executions in id order, then those of remove_jobs_of; the version is locked
-- before.
-- :exec
with locked as materialized (
  select execution.id
  from holdfast.executions as execution
  where execution.definition_name = :name and execution.definition_version = :version
  order by execution.id
  for update of execution
), removed as (
  delete from holdfast.executions as stored
  where stored.id = any(array(select locked.id::text from locked))
    and (select holdfast.remove_jobs_of(array(select locked.id::text from locked))) >= 0
)
select count(*) as "removed!"
from locked
