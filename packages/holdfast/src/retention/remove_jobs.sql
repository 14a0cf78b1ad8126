-- Removes at most `limit` jobs of ended executions that this transaction has locked, themselves ended, and answers how many.
-- Index: jobs_of_execution. Locks: what is removed, skipping what others hold.
-- :one
with removed as (
  delete from holdfast.jobs as stored
  where stored.ctid = any(array(
    select found.ctid
    from unnest((select :ids::text[])) as ended(id)
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
