-- Inserts jobs whose ids were made for them, that are in no group, have no unique key and come after no others. Answers those that
-- wait for their moment; all others are ready.
-- Of a column that is all nulls nothing is given, as of moments, delays and executions in most calls: an array takes time on both sides.
-- An id that was made is nobody else's, so nothing is looked for before it is inserted: that would cost a look-up and a record of WAL
-- a job.
-- Fails with HF003 where an execution has ended.
-- Index: queues_pkey, executions_pkey. Locks: the executions, shared, in id order.
-- :many scan: of queues, which holds the few that something is set for
with setting as materialized (
  select queue.name, queue.aging_ms
  from holdfast.queues as queue
  where queue.aging_ms is not null and queue.name = any((select :queues::text[])::text[])
), input as (
  select given.id, given.queue, given.payload, given.priority,
    coalesce(given.run_at, holdfast.now() + given.delay_ms * interval '1 millisecond', holdfast.now()) as run_at,
    given.max_attempts, given.backoff_ms, given.backoff_max_ms, given.execution_id, given.route, given.position
  from unnest((select :ids::text[]), :queues::text[], :payloads?::json[], :priorities::integer[], :runAt?::timestamptz[],
    :delaysMs?::bigint[], :maxAttempts::integer[], :backoffMs::bigint[], :backoffMaxMs::bigint[], :executionIds?::text[],
    :routes::text[])
    with ordinality as given(id, queue, payload, priority, run_at, delay_ms, max_attempts, backoff_ms, backoff_max_ms, execution_id,
      route, position)
), owner as materialized (
  select execution.id, execution.status
  from (
    select distinct given.id collate "C" as id from unnest((select :executionIds?::text[])) as given(id) order by 1
  ) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
), inserted as (
  insert into holdfast.jobs (id, queue, state, on_dependency_failure, priority, rank, route, max_attempts, backoff_ms, backoff_max_ms,
    run_at, created_at, execution_id, payload)
  select input.id, input.queue, case when input.run_at > holdfast.now() then 'scheduled' else 'ready' end::holdfast.job_state, 'cancel',
    input.priority,
    coalesce((
      select holdfast.job_rank(input.priority, input.run_at, setting.aging_ms) from setting where setting.name = input.queue
    ), input.priority),
    input.route, input.max_attempts, input.backoff_ms, input.backoff_max_ms, input.run_at, holdfast.now(), input.execution_id,
    input.payload
  from input
  where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
  order by input.position
  returning id, state
)
select inserted.id::text as "id!"
from inserted
where inserted.state = 'scheduled'
