-- Removes at most `limit` timers of ended executions, and answers how many. Nothing of an execution goes while it has jobs, so that
-- none is taken apart to which one was added meanwhile.
-- Index: executions_pkey, jobs_of_execution, timers_of_execution. Locks: the executions in id order, then what is removed, skipping what others
-- hold.
-- :one
with ended as materialized (
  select execution.id
  from holdfast.executions as execution
  where execution.id = any(:ids::text[]) and execution.finished_at is not null
    and not exists (select from holdfast.jobs as job where job.execution_id = execution.id)
  order by execution.id
  for update skip locked
), removed as (
  delete from holdfast.timers as stored
  where stored.ctid = any(array(
    select found.ctid
    from ended
    cross join lateral (
      select timer.ctid
      from holdfast.timers as timer
      where timer.execution_id = ended.id and timer.state <> 'claimed'
      order by timer.fire_at, timer.sequence
      limit :limit
      for update skip locked
    ) as found
    limit :limit
  ))
  returning stored.execution_id
)
select count(*) as "removed!"
from removed
