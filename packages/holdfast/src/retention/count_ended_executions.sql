-- Counts the executions that retention would remove: they ended at least this long ago, and nothing holds them or their descendants,
-- whose parents stay too.
-- Index: executions_ended, executions_pkey, executions_parent, jobs_of_execution, ended_jobs_pkey, timers_of_execution.
-- :one scan: a dry run counts all there is, which may be most of the table
with recursive ended as materialized (
  select execution.id, execution.parent_id
  from holdfast.executions as execution
  where execution.finished_at <= holdfast.now() - :keepMs::bigint * interval '1 millisecond'
), held as (
  select ended.id
  from ended
  where exists (
      select from holdfast.executions as child
      where child.parent_id = ended.id
        and (child.finished_at is null or child.finished_at > holdfast.now() - :keepMs::bigint * interval '1 millisecond')
    )
    or exists (
      select from holdfast.jobs as job
      where job.execution_id = ended.id and not exists (select from holdfast.ended_jobs as over where over.id = job.id)
    )
    or exists (
      select from holdfast.timers as timer where timer.execution_id = ended.id and timer.status = 'claimed'
    )
  union
  select below.parent_id
  from held
  join ended as below on below.id = held.id
  where below.parent_id is not null
)
select count(*) as "expired!"
from ended
where ended.id not in (select held.id from held)
