-- Inserts one ready job with a generated id, and without execution, group, unique key or dependencies. Takes half the time of
-- push_alike_jobs, which takes any number and checks their executions. Returns the time from which it may run: now.
-- Index: queues_pkey.
-- :one
with job as (
  insert into holdfast.jobs (id, queue, on_dependency_failure, priority, rank, route, max_attempts, backoff_ms, backoff_max_ms,
    timeout_ms, run_at, created_at, payload, trace_context)
  values (:id::text, :queue::text, 'cancel', :priority::integer,
    coalesce((
      select holdfast.work_rank(:priority::integer, holdfast.now(), queue.aging_ms)
      from holdfast.queues as queue
      where queue.name = :queue::text
    ), :priority::integer),
    :route::text, :maxAttempts::integer, :backoffMs::bigint, :backoffMaxMs::bigint, :timeoutMs?::bigint,
    holdfast.now(), holdfast.now(), :payload?::json, :traceContext?::text)
  returning id, rank, run_at, sequence
)
insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
select 'job', job.id, :queue::text, :route::text, job.rank, 0, job.run_at, job.sequence, :priority::integer, 0, false, false
from job
returning run_at as "run_at!"
