-- Inserts jobs whose ids were made for them and that differ in id, payload and execution only: are in no group, have no unique key,
-- come after no others and wait for the same delay or none. Answers nothing: those with a delay are scheduled, all others are ready.
-- What they share is one value each, and made once: of ten jobs that spares a fifth of the time that arrays take, of one a third.
-- Fails with HF003 where an execution has ended.
-- Index: queues_pkey, executions_pkey. Locks: the executions, shared, in id order.
-- :exec
with owner as materialized (
  select execution.id, execution.status
  from (
    select distinct given.id collate "C" as id from unnest((select :executionIds?::text[])) as given(id) order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
)
insert into holdfast.jobs (id, queue, state, on_dependency_failure, priority, rank, route, max_attempts, backoff_ms, backoff_max_ms,
  run_at, created_at, execution_id, payload)
select given.id, (select :queue::text::holdfast.id),
  (select case when :delayMs::bigint > 0 then 'scheduled' else 'ready' end::holdfast.job_state), 'cancel', :priority::integer,
  coalesce((
    select holdfast.job_rank(:priority::integer, holdfast.now() + :delayMs::bigint * interval '1 millisecond', queue.aging_ms)
    from holdfast.queues as queue
    where queue.name = :queue::text
  ), :priority::integer),
  :route::text, :maxAttempts::integer, :backoffMs::bigint, :backoffMaxMs::bigint,
  (select holdfast.now() + :delayMs::bigint * interval '1 millisecond'), (select holdfast.now()), given.execution_id, given.payload
from unnest((select :ids::text[]), :payloads?::json[], :executionIds?::text[])
  with ordinality as given(id, payload, execution_id, position)
where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
order by given.position
