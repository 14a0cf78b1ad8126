-- Records that claimed jobs failed, where their claims still hold. A job with attempts left is scheduled for another: after the
-- given delay, or after one that doubles with each attempt up to its bound, of which the half is random, so that jobs that failed
-- together do not come back together. It then comes before those that its group has not begun. A job without attempts left, or
-- whose failure is final, ends dead, and the jobs that come after it are settled. Answers in input order; the queues that were
-- woken come with the first row.
-- Each row is locked by a sub-select of its own: so the plan is one look-up a row whatever the planner thinks of the array's size.
-- Index: jobs_pkey. Locks: jobs in id order, then dependents in id order.
-- :many
with locked as materialized (
  select input.id, input.error, input.position, job.queue, job.state, job.token, job.attempts,
    coalesce(holdfast.holds(job.token, job.lease_until, input.token), false) as is_held,
    input.is_final or job.attempts >= job.max_attempts as is_last,
    holdfast.now() + interval '1 millisecond' * coalesce(input.retry_after_ms,
      least(job.backoff_ms * power(2::double precision, least(job.attempts - 1, 62)), job.backoff_max_ms) * (0.5 + random() / 2)
    ) as run_at
  from (
    select given.id, given.token, given.error, given.retry_after_ms, given.is_final, given.position
    from unnest((select :ids::text[]), :tokens::bigint[], :errors?::json[], :retryAfterMs?::bigint[], :final::boolean[])
      with ordinality as given(id, token, error, retry_after_ms, is_final, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select job.queue, job.state, job.token, job.attempts, job.max_attempts, job.backoff_ms, job.backoff_max_ms, job.lease_until
    from holdfast.jobs as job
    where job.id = input.id
    for no key update
  ) as job on true
), failed as (
  update holdfast.jobs as job set
    state = case when held.is_last then 'dead' else 'scheduled' end::holdfast.job_state,
    run_at = case when held.is_last then job.run_at else held.run_at end,
    turn = 0,
    finished_at = case when held.is_last then holdfast.now() end,
    lease_until = null,
    error = held.error
  from (
    select locked.id, locked.error, locked.run_at, locked.is_last
    from locked
    where locked.is_held
    -- Cuts nothing. It makes the planner expect one row, and so go by the index even in a plan from when the table was empty.
    limit cardinality(:ids::text[])
  ) as held
  where job.id = held.id
  returning job.id, job.state, job.has_dependents
), settled as materialized (
  select holdfast.settle_dependents(array_agg(failed.id::text)) as woken
  from failed
  where failed.state = 'dead' and failed.has_dependents
  having count(*) > 0
)
select locked.is_held as "ok!", locked.is_last as "is_last?", locked.state as "state?", locked.token as "token?",
  locked.attempts as "attempts?", locked.queue as "queue?", locked.run_at as "run_at?", settled.woken as "woken?"
from locked
left join settled on locked.position = 1
order by locked.position
