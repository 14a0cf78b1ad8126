-- Removes at most `limit` waits of ended executions that this transaction has locked, and returns their number. Nothing else of an
-- execution is removed while it has jobs. So an execution that got another job meanwhile is not taken apart.
-- Index: jobs_of_execution, waits_execution_id_step_key_key. Locks: the removed rows, skipping those that others hold.
-- :one
with jobless as materialized (
  select ended.id
  from unnest((select :ids::text[])) as ended(id)
  where not exists (select from holdfast.jobs as job where job.execution_id = ended.id)
), removed as (
  delete from holdfast.waits as stored
  where stored.ctid = any(array(
    select found.ctid
    from jobless as ended
    cross join lateral (
      select wait.ctid
      from holdfast.waits as wait
      where wait.execution_id = ended.id
      order by wait.step, wait.key
      limit :limit
      for update skip locked
    ) as found
    limit :limit
  ))
  returning stored.execution_id
)
select count(*) as "removed!"
from removed
