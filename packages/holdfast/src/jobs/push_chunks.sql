-- Inserts jobs that are ready at once, with generated ids, and differ only in id and payload. They have no group, execution,
-- requirements, unique key or dependencies. They wait in chunks of at most 100. Returns the time from which they may run: now.
-- Index: queues_pkey. Locks: only its new rows.
-- :one
with job as materialized (
  -- Numbered before the insert: a chunk has the sequence of its first job.
  select given.id, given.payload, given.trace_context, given.position, nextval('holdfast.jobs_sequence_seq') as sequence
  from unnest((select :ids::text[]), :payloads?::json[], :traceContexts?::text[])
    with ordinality as given(id, payload, trace_context, position)
), packed as materialized (
  select job.id, job.payload, job.trace_context, job.position, job.sequence, first_value(job.sequence) over in_chunk as chunk_id
  from job
  window in_chunk as (partition by (job.position - 1) / 100 order by job.position)
), standing as materialized (
  select coalesce((
    select holdfast.work_rank(:priority::integer, holdfast.now(), queue.aging_ms) from holdfast.queues as queue where queue.name = :queue::text
  ), :priority::integer) as rank
), inserted as (
  insert into holdfast.jobs (id, sequence, queue, on_dependency_failure, priority, rank, max_attempts, backoff_ms, backoff_max_ms,
    timeout_ms, run_at, created_at, chunk_id, payload, trace_context) overriding system value
  select packed.id, packed.sequence, :queue::text::holdfast.id, 'cancel', :priority::integer, standing.rank, :maxAttempts::integer,
    :backoffMs::bigint, :backoffMaxMs::bigint, :timeoutMs?::bigint, holdfast.now(), holdfast.now(), packed.chunk_id, packed.payload, packed.trace_context
  from packed
  cross join standing
), waiting as (
  insert into holdfast.ready_chunks (id, queue, rank, run_at, sequence, priority, ids)
  select packed.chunk_id, :queue::text, standing.rank, holdfast.now(), packed.chunk_id, :priority::integer,
    array_agg(packed.id order by packed.position)
  from packed
  cross join standing
  group by packed.chunk_id, standing.rank
)
select holdfast.now() as "run_at!"
