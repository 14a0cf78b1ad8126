-- Inserts jobs whose ids were made for them and that differ in id, payload and execution only: they are in no group, have no unique
-- key, come after no others and wait for the same delay or none. The usual push. Those with a delay are scheduled, all others ready.
-- Fails with HF003 where an execution has ended. Answers the moment from which they may run.
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
  insert into holdfast.jobs (id, queue, on_dependency_failure, priority, rank, route, max_attempts, backoff_ms, backoff_max_ms, run_at,
    created_at, execution_id, payload)
  select given.id, (select :queue::text::holdfast.id), 'cancel', :priority::integer,
    coalesce((
      select holdfast.work_rank(:priority::integer, holdfast.now() + :delayMs::bigint * interval '1 millisecond', queue.aging_ms)
      from holdfast.queues as queue
      where queue.name = :queue::text
    ), :priority::integer),
    :route::text, :maxAttempts::integer, :backoffMs::bigint, :backoffMaxMs::bigint,
    (select holdfast.now() + :delayMs::bigint * interval '1 millisecond'), (select holdfast.now()), given.execution_id, given.payload
  from unnest((select :ids::text[]), :payloads?::json[], :executionIds?::text[])
    with ordinality as given(id, payload, execution_id, position)
  where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
  order by given.position
  returning id, rank, run_at, sequence
), scheduled as (
  insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, is_linked)
  select 'job', job.id, :queue::text, :route::text, job.rank, 0, job.run_at, job.sequence, :priority::integer, 0, false
  from job
  where :delayMs::bigint > 0
), ready as (
  insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
  select 'job', job.id, :queue::text, :route::text, job.rank, 0, job.run_at, job.sequence, :priority::integer, 0, false, false
  from job
  where :delayMs::bigint = 0
)
select holdfast.now() + :delayMs::bigint * interval '1 millisecond' as "run_at!"
