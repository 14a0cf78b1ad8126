-- Removes at most `limit` ended jobs of ended executions that this transaction has locked, and returns their number.
-- Index: jobs_of_execution, ended_jobs_pkey. Locks: the removed rows, skipping those that others hold.
-- :one
select holdfast.remove_ended_jobs(array(
  select found.id::text
  from unnest((select :ids::text[])) as ended(id)
  cross join lateral (
    select over.id
    from holdfast.jobs as job
    cross join lateral (
      select stored.id from holdfast.ended_jobs as stored where stored.id = job.id for update skip locked
    ) as over
    where job.execution_id = ended.id
    order by job.id
    limit :limit
  ) as found
  limit :limit
)) as "removed!"
