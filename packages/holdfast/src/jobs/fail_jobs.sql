-- Records that claimed jobs failed, if their claims still hold. A job with attempts left is retried after the given delay. By default the
-- delay is a backoff that doubles with each attempt up to its bound. Half of it is random, so that jobs that failed together do not
-- return together. The job then comes before those that its group has not begun. A job without attempts left, or whose failure is final,
-- dies, and its dependents are settled. Its execution fails with it if the job says so, unless the caller does that (`isSettled`).
-- Answers in input order. The first row also has the woken queues and the failed executions.
-- Index: jobs_pkey, queues_pkey. Locks: those of lock_failing and take_leases, then those of settle_jobs and fail_owners.
-- :many
with input as materialized (
  select given.error, given.retry_after_ms, given.is_final, given.position
  from unnest((select :errors?::json[]), :retryAfterMs?::bigint[], :final::boolean[]) with ordinality
    as given(error, retry_after_ms, is_final, position)
), locked as materialized (
  select case when not :isSettled::boolean and exists (
    select
    from unnest((select :ids::text[])) as given(id)
    cross join lateral (
      select lease.is_linked from holdfast.leases as lease where lease.id = given.id and lease.kind = 'job' limit 1
    ) as held
    where held.is_linked
  ) then holdfast.lock_failing(:ids::text[], :final::boolean[], '{}', '{}') end as is_fatal
), gone as materialized (
  select taken.id, taken.queue, taken.attempts, taken.token, taken.claimed_at, taken.holder, taken.group_key, taken.is_linked, input.error,
    input.retry_after_ms, input.is_final, input.position
  from locked
  -- The last argument is `isSettled`. It also names `locked`, so that every plan locks first.
  cross join lateral holdfast.take_leases((select :ids::text[]), (select :tokens::bigint[]),
    :isSettled::boolean and coalesce(locked.is_fatal, false) is not null) as taken
  join input on input.position = taken.place
), failed as materialized (
  select gone.id, gone.queue, gone.attempts, gone.token, gone.claimed_at, gone.holder, gone.group_key, gone.is_linked, gone.error,
    gone.position, job.priority, gone.is_final or gone.attempts >= job.max_attempts as is_last,
    (select queue.aging_ms from holdfast.queues as queue where queue.name = gone.queue) as aging_ms,
    holdfast.now() + interval '1 millisecond' * coalesce(gone.retry_after_ms,
      least(job.backoff_ms * power(2::double precision, least(gone.attempts - 1, 62)), job.backoff_max_ms) * (0.5 + random() / 2)
    ) as run_at
  from gone
  cross join lateral (
    select stored.priority, stored.max_attempts, stored.backoff_ms, stored.backoff_max_ms
    from holdfast.jobs as stored where stored.id = gone.id limit 1
  ) as job
), opened as (
  insert into holdfast.openings (queue, group_key, freed)
  select failed.queue, failed.group_key, count(*) from failed where failed.group_key is not null group by failed.queue, failed.group_key
), died as (
  insert into holdfast.ended_jobs (id, queue, status, attempts, token, started_at, finished_at, holder, error)
  select failed.id, failed.queue, 'dead', failed.attempts, failed.token, failed.claimed_at, holdfast.now(), failed.holder, failed.error
  from failed
  where failed.is_last
  returning 1
), recorded as (
  insert into holdfast.job_failures (job_id, token, attempt, started_at, failed_at, holder, error)
  select failed.id, failed.token, failed.attempts, failed.claimed_at, holdfast.now(), failed.holder, failed.error from failed
), counted as (
  insert into holdfast.job_counts (queue, status, count)
  select failed.queue, 'dead', count(*) from failed where failed.is_last group by failed.queue
), changed as (
  update holdfast.jobs as job set
    attempts = retried.attempts, token = retried.token, started_at = retried.claimed_at, holder = retried.holder, error = retried.error,
    run_at = retried.run_at, turn = 0, rank = holdfast.work_rank(retried.priority, retried.run_at, retried.aging_ms)
  from (
    select failed.id, failed.attempts, failed.token, failed.claimed_at, failed.holder, failed.error, failed.run_at, failed.priority,
      failed.aging_ms
    from failed
    where not failed.is_last
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as retried
  where job.id = retried.id
  returning job.id
), settled as materialized (
  select holdfast.settle_jobs(array_agg(failed.id)) as woken
  from failed
  where failed.is_last and failed.is_linked and (select count(*) from died) > 0
  having count(*) > 0
), owned as materialized (
  select owner.executions, owner.woken
  from settled
  cross join lateral holdfast.fail_owners(array(select failed.id from failed where failed.is_last and failed.is_linked)) as owner
  where not :isSettled::boolean
), queued as materialized (
  select enqueued.id, enqueued.status from holdfast.enqueue_jobs(array(select changed.id::text from changed)) as enqueued
)
select failed.id is not null as "ok!", failed.is_last as "is_last?", failed.run_at as "run_at?", failed.queue as "queue?",
  coalesce(queued.status, lost.status) as "status?", lost.token as "token?", lost.attempts as "attempts?",
  settled.woken || owned.woken as "woken?", owned.executions as "failed_executions?"
from unnest((select :ids::text[])) with ordinality as input(id, position)
left join failed on failed.position = input.position
left join queued on queued.id = failed.id
left join lateral (
  select current.status, current.token, current.attempts from holdfast.job_standing(input.id) as current where failed.id is null
) as lost on true
left join settled on input.position = 1
left join owned on input.position = 1
order by input.position
