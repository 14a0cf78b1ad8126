-- Removes executions with everything they own, including children, which are the rest of the family. The owned rows are locked first,
-- because the foreign keys would remove them in no particular order. Runs behind lock_removed_executions; an execution created in between
-- stays.
-- Index: executions_pkey, jobs_of_execution, timers_of_execution, tasks_of_execution, component_states_pkey,
-- waits_execution_id_step_key_key, history_heads_pkey. Locks: jobs, as remove_jobs does; timers by id; waits by key and sequence; tasks
-- by id, the greatest first; component states and history_heads in key order.
-- :exec
with job as materialized (
  select holdfast.remove_jobs(array(
    select stored.id::text from holdfast.jobs as stored where stored.execution_id = any((select :familyIds::text[])::text[])
  )) as woken
), timer as materialized (
  select stored.id
  from holdfast.timers as stored
  where stored.execution_id = any((select :familyIds::text[])::text[]) and (select count(*) from job) >= 0
  order by stored.id
  for update
), wait as materialized (
  select stored.id
  from holdfast.waits as stored
  where stored.execution_id = any((select :familyIds::text[])::text[]) and (select count(*) from timer) >= 0
  order by stored.key, stored.sequence
  for update
), task as materialized (
  select stored.id
  from holdfast.tasks as stored
  where stored.execution_id = any((select :familyIds::text[])::text[]) and (select count(*) from wait) >= 0
  order by stored.id desc
  for update
), state as materialized (
  select stored.execution_id
  from holdfast.component_states as stored
  where stored.execution_id = any((select :familyIds::text[])::text[]) and (select count(*) from task) >= 0
  order by stored.execution_id, stored.component
  for update
), head as materialized (
  select stored.execution_id
  from holdfast.history_heads as stored
  where stored.execution_id = any((select :familyIds::text[])::text[]) and (select count(*) from state) >= 0
  order by stored.execution_id
  for update
)
delete from holdfast.executions as stored
using (
  select given.id
  from unnest((select :ids::text[])) as given(id)
  where (select count(*) from head) >= 0
  limit holdfast.at_most(cardinality(:ids::text[]))
) as gone
where stored.id = gone.id
