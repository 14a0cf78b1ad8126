-- Inserts jobs with generated ids that differ only in id, payload and execution. They have no group, unique key or dependencies, and
-- share one delay or none. This is the usual push. Delayed jobs are scheduled, others ready. Fails with HF003 if an execution has ended.
-- Returns the time from which they may run.
-- Index: queues_pkey, executions_pkey. Locks: the executions, shared, in id order.
-- :one
with owner as materialized (
  select execution.id, execution.status
  from (
    select distinct given.id collate "C" as id from unnest((select :executionIds?::text[])) as given(id) order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
), job as (
  insert into holdfast.jobs (id, queue, on_dependency_failure, priority, rank, route, max_attempts, backoff_ms, backoff_max_ms,
    timeout_ms, run_at, created_at, execution_id, fails_execution, payload, trace_context)
  select given.id, (select :queue::text::holdfast.id), 'cancel', :priority::integer,
    coalesce((
      select holdfast.work_rank(:priority::integer, holdfast.now() + :delayMs::bigint * interval '1 millisecond', queue.aging_ms)
      from holdfast.queues as queue
      where queue.name = :queue::text
    ), :priority::integer),
    :route::text, :maxAttempts::integer, :backoffMs::bigint, :backoffMaxMs::bigint, :timeoutMs?::bigint,
    (select holdfast.now() + :delayMs::bigint * interval '1 millisecond'), (select holdfast.now()), given.execution_id, :failsExecution::boolean,
    given.payload, given.trace_context
  from unnest((select :ids::text[]), :payloads?::json[], :executionIds?::text[], :traceContexts?::text[])
    with ordinality as given(id, payload, execution_id, trace_context, position)
  where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
  order by given.position
  returning id, rank, run_at, sequence
), scheduled as (
  insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, is_linked)
  select 'job', job.id, :queue::text, :route::text, job.rank, 0, job.run_at, job.sequence, :priority::integer, 0, :failsExecution::boolean
  from job
  where :delayMs::bigint > 0
), ready as (
  insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
  select 'job', job.id, :queue::text, :route::text, job.rank, 0, job.run_at, job.sequence, :priority::integer, 0, false,
    :failsExecution::boolean
  from job
  where :delayMs::bigint = 0
)
select holdfast.now() + :delayMs::bigint * interval '1 millisecond' as "run_at!"
