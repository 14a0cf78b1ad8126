-- Removes at most `limit` tasks of ended executions that this transaction has locked, and answers how many. Nothing of an
-- execution goes while it has jobs, so that none is taken apart to which one was added meanwhile. The newest tasks go first:
-- what is below a task is nearly always newer, and would go with it in one statement, however much it is.
-- Index: jobs_of_execution, tasks_of_execution. Locks: what is removed, skipping what others hold.
-- :one
with jobless as materialized (
  select ended.id
  from unnest((select :ids::text[])) as ended(id)
  where not exists (select from holdfast.jobs as job where job.execution_id = ended.id)
), removed as (
  delete from holdfast.tasks as stored
  where stored.ctid = any(array(
    select found.ctid
    from jobless as ended
    cross join lateral (
      select task.ctid
      from holdfast.tasks as task
      where task.execution_id = ended.id
      order by task.sequence desc
      limit :limit
      for update skip locked
    ) as found
    limit :limit
  ))
  returning stored.execution_id
)
select count(*) as "removed!"
from removed
