-- Locks the unique keys that retried jobs take again, as pushes do. If a job has unfinished dependencies, locks all of them where they
-- are, so that none of them ends unnoticed.
-- Index: jobs_pkey, job_dependencies_of_job. Locks: advisory, in hash order; then those of holdfast.lock_jobs.
-- :exec
with first as materialized (
  select distinct edge.after_id::text as id
  from unnest((select :ids::text[])) as given(id)
  -- The limit keeps this an index look-up per row, even in a plan from when the table was empty.
  cross join lateral (
    select stored.after_id from holdfast.job_dependencies as stored where stored.job_id = given.id limit 1000000000
  ) as edge
), keyed as materialized (
  select holdfast.lock_keys('job unique key', array(
    select holdfast.job_key(job.queue, job.unique_key)
    from holdfast.jobs as job
    where job.id = any((select :ids::text[])::text[]) and job.unique_key is not null
  ))
)
select holdfast.lock_jobs(array(select first.id from first) || (select :ids::text[])) as "locked?"
from (select count(*) from keyed) as done
where exists (select from first)
