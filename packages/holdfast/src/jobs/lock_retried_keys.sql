-- As lock_job_keys, for the unique keys that jobs take again when they are retried.
-- Index: jobs_pkey. Locks: advisory, in hash order.
-- :exec
select holdfast.lock_keys('job unique key', array(
  select holdfast.job_key(job.queue, job.unique_key)
  from holdfast.jobs as job
  where job.id = any(:ids::text[]) and job.unique_key is not null
))
