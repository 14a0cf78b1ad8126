-- Counts the jobs that remove_expired_jobs would remove in all.
-- Index: ended_jobs_finished, jobs_pkey, lease_chunks_of_chunk.
-- :one
select count(*) as "expired!"
from unnest((select :statuses::holdfast.job_status[])) as wanted(status)
cross join lateral (
  select ended.id
  from holdfast.ended_jobs as ended
  where ended.status = wanted.status and not ended.is_kept
    and ended.finished_at <= holdfast.now() - :keepMs::bigint * interval '1 millisecond'
    and not exists (
      select
      from holdfast.jobs as job
      where job.id = ended.id and (job.execution_id is not null or job.unique_key is not null and holdfast.is_throttled(job.id)
        or job.chunk_id is not null and holdfast.is_of_held_chunk(job.id))
    )
) as expired
