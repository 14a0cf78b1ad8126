-- Creates one ready execution in a queue: the usual case of create_execution, in two thirds of its instructions. It has no definition, key,
-- parent or group. Returns what the caller does not know, and nothing if the id is taken.
-- Index: executions_pkey, queues_pkey. Locks: its new row.
-- :maybe
with written as (
  insert into holdfast.executions as stored (id, version, status, strategy, queue, priority, route, max_attempts, created_at, updated_at,
    started_at, labels, input, state, trace_context)
  values (:id::text, 1, :status::holdfast.status, :strategy::holdfast.strategy, :queue::text, :priority::integer, :route::text,
    :maxAttempts::integer, holdfast.now(), holdfast.now(), holdfast.started_at(null, :status), :labels::jsonb, :input?::json,
    :state?::json, :traceContext?::text)
  on conflict do nothing
  returning stored.sequence, stored.created_at, stored.started_at
), ready as (
  insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
  select 'execution', :id, :queue, :route,
    coalesce((
      select holdfast.work_rank(:priority, holdfast.now(), setting.aging_ms) from holdfast.queues as setting where setting.name = :queue
    ), :priority),
    0, written.created_at, written.sequence, :priority, 0, false, false
  from written
)
select written.created_at as "created_at!", written.created_at as "updated_at!", written.started_at as "started_at?" from written
