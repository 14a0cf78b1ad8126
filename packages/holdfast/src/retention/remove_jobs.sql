-- Removes at most `limit` jobs of ended executions, themselves ended, and answers how many.
-- Index: executions_pkey, jobs_of_execution. Locks: the executions in id order, then the jobs, skipping what others hold.
-- :one
with ended as materialized (
  select execution.id
  from holdfast.executions as execution
  where execution.id = any(:ids::text[]) and execution.finished_at is not null
  order by execution.id
  for update skip locked
), removed as (
  delete from holdfast.jobs as stored
  where stored.ctid = any(array(
    select found.ctid
    from ended
    cross join lateral (
      select job.ctid
      from holdfast.jobs as job
      where job.execution_id = ended.id and job.state in ('succeeded', 'dead', 'canceled')
      order by job.id
      limit :limit
      for update skip locked
    ) as found
    limit :limit
  ))
  returning stored.id
)
select count(*) as "removed!"
from removed
