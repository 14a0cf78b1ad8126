-- Records that claimed jobs failed, where their claims still hold. A job with attempts left is scheduled for another: after the
-- given delay, or after one that doubles with each attempt up to its bound, of which the half is random, so that jobs that failed
-- together do not come back together. A job without attempts left, or whose failure is final, ends dead, and the jobs that come
-- after it are settled. Answers in input order; the queues that were woken come with the first row.
-- Index: jobs_pkey. Locks: jobs in id order, then dependents in id order.
-- :many
with input as (
  select given.id, given.token, given.error, given.retry_after_ms, given.is_final, given.position
  from unnest(:ids::text[], :tokens::bigint[], :errors?::json[], :retryAfterMs?::bigint[], :final::boolean[])
    with ordinality as given(id, token, error, retry_after_ms, is_final, position)
), locked as materialized (
  select job.id, job.state, job.token, job.attempts, job.lease_until,
    least(job.backoff_ms * power(2::double precision, least(job.attempts - 1, 62)), job.backoff_max_ms) as backoff_ms
  from input
  join holdfast.jobs as job on job.id = input.id
  order by job.id
  for no key update of job
), failed as (
  update holdfast.jobs as job set
    state = case when input.is_final or job.attempts >= job.max_attempts then 'dead' else 'scheduled' end::holdfast.job_state,
    run_at = case
      when input.is_final or job.attempts >= job.max_attempts then job.run_at
      else holdfast.now()
        + coalesce(input.retry_after_ms, locked.backoff_ms * (0.5 + random() / 2)) * interval '1 millisecond'
    end,
    finished_at = case when input.is_final or job.attempts >= job.max_attempts then holdfast.now() end,
    lease_until = null,
    error = input.error
  from input
  join locked on locked.id = input.id
  where job.id = locked.id and holdfast.holds(locked.token, locked.lease_until, input.token)
  returning job.id, job.queue, job.state, job.run_at, job.has_dependents
), settled as materialized (
  select holdfast.settle_dependents(array_agg(failed.id::text)) as woken
  from failed
  where failed.state = 'dead' and failed.has_dependents
  having count(*) > 0
)
select failed.id is not null as "ok!", coalesce(failed.state, locked.state) as "state?", locked.token as "token?",
  locked.attempts as "attempts?", failed.queue as "queue?", failed.run_at as "run_at?", settled.woken as "woken?"
from input
left join locked on locked.id = input.id
left join failed on failed.id = input.id
left join settled on input.position = 1
order by input.position
