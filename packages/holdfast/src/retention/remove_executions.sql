-- Removes ended executions of which nothing is left but themselves and the heads of their histories, with the entries that forks share and now get; answers how many.
-- Index: executions_pkey, executions_parent, jobs_of_execution, tasks_of_execution, component_states_pkey,
-- waits_execution_id_step_key_key, timers_of_execution, history_entries_pkey, history_forks_of_source. Locks: executions in id order, skipping those that
-- others hold.
-- :one
with ended as materialized (
  select execution.id
  from holdfast.executions as execution
  where execution.id = any(:ids::text[]) and execution.finished_at is not null
    and (execution.lease_until is null or execution.lease_until <= holdfast.now())
    and not exists (select from holdfast.executions as child where child.parent_id = execution.id)
    and not exists (select from holdfast.jobs as job where job.execution_id = execution.id)
    and not exists (select from holdfast.tasks as task where task.execution_id = execution.id)
    and not exists (select from holdfast.component_states as state where state.execution_id = execution.id)
    and not exists (select from holdfast.waits as wait where wait.execution_id = execution.id)
    and not exists (select from holdfast.timers as timer where timer.execution_id = execution.id)
    and not exists (
      select from holdfast.history_entries as entry
      where entry.execution_id = execution.id and entry.number > coalesce(
        (select max(fork.shared) from holdfast.history_forks as fork where fork.source_id = execution.id), 0
      )
    )
  order by execution.id
  for update skip locked
), removed as (
  delete from holdfast.executions as stored
  where stored.id = any(array(select ended.id::text from ended))
  returning stored.id
)
select count(*) as "removed!"
from removed
