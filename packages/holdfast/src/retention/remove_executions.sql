-- Removes ended executions that this transaction has locked, once only they and the heads of their histories are left. Forks take over
-- the entries that they share. Returns how many were removed.
-- Index: executions_pkey, executions_parent, jobs_of_execution, tasks_of_execution, component_states_pkey,
-- waits_execution_id_step_key_key, ended_waits_of_execution, timers_of_execution, history_entries_pkey, history_forks_of_source.
-- :one
with removed as (
  delete from holdfast.executions as stored
  where stored.id = any(:ids::text[])
    and not exists (select from holdfast.executions as child where child.parent_id = stored.id)
    and not exists (select from holdfast.jobs as job where job.execution_id = stored.id)
    and not exists (select from holdfast.tasks as task where task.execution_id = stored.id)
    and not exists (select from holdfast.component_states as state where state.execution_id = stored.id)
    and not exists (select from holdfast.waits as wait where wait.execution_id = stored.id)
    and not exists (select from holdfast.ended_waits as wait where wait.execution_id = stored.id)
    and not exists (select from holdfast.timers as timer where timer.execution_id = stored.id)
    and not exists (
      select from holdfast.history_entries as entry
      where entry.execution_id = stored.id and entry.number > coalesce(
        (select max(fork.shared) from holdfast.history_forks as fork where fork.source_id = stored.id), 0
      )
    )
  returning stored.id
)
select count(*) as "removed!"
from removed
