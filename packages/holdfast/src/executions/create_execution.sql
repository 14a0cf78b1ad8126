-- Creates one execution without a parent or a group, or returns the one that its idempotency key names. This is the usual case. An
-- execution in a queue becomes ready, or scheduled. In any other case, this statement changes and returns nothing, and create_executions
-- follows. Such cases are a missing or retired definition, a taken id, an expired key, or another transaction that is writing the key.
-- Index: executions_pkey, executions_idempotency, definitions_pkey, definitions_active, queues_pkey. Locks: the definition, shared; then
-- its new row. Waits for a creation under the same key.
-- :maybe
with pinned as materialized (
  select stored.version
  from holdfast.definitions as stored
  where stored.name = :definitionName?::text and stored.status <> 'retired' and case :definitionVersion?::text
      when 'active' then stored.status = 'active'
      when 'latest' then stored.version = (
        select max(newest.version) from holdfast.definitions as newest where newest.name = :definitionName
      )
      else stored.version::text = :definitionVersion
    end
  limit 1
  for key share
), written as (
  insert into holdfast.executions as stored (id, version, status, strategy, definition_name, definition_version, idempotency_key,
    fingerprint, idempotent_until, queue, priority, route, max_attempts, created_at, updated_at, started_at, labels, input, state,
    trace_context)
  select :id::text, 1, :status::holdfast.status, :strategy::holdfast.strategy, :definitionName, pinned.version, :idempotencyKey?::text,
    :fingerprint?::text, holdfast.now() + :idempotencyMs?::bigint * interval '1 millisecond', :queue?::text, :priority?::integer,
    :route?::text, :maxAttempts?::integer, holdfast.now(), holdfast.now(), holdfast.started_at(null, :status), :labels::jsonb,
    :input?::json, :state?::json, :traceContext?::text
  from (select) as one
  left join pinned on true
  where :definitionName is null or pinned.version is not null
  on conflict do nothing
  returning stored.id, stored.sequence, stored.definition_version, stored.created_at, stored.started_at
), place as materialized (
  select written.id, written.sequence, coalesce(:runAt?::timestamptz, written.created_at) as run_at,
    coalesce(:runAt > holdfast.now(), false) as is_later,
    coalesce((
      select holdfast.work_rank(:priority, coalesce(:runAt, holdfast.now()), setting.aging_ms)
      from holdfast.queues as setting where setting.name = :queue
    ), :priority) as rank
  from written
  where :queue is not null
), later as (
  insert into holdfast.scheduled (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, is_linked)
  select 'execution', place.id, :queue, :route, place.rank, 0, place.run_at, place.sequence, :priority, 0, false
  from place where place.is_later
), ready as (
  insert into holdfast.ready (kind, id, queue, route, rank, turn, run_at, sequence, priority, attempts, has_place, is_linked)
  select 'execution', place.id, :queue, :route, place.rank, 0, place.run_at, place.sequence, :priority, 0, false, false
  from place where not place.is_later
)
select 'created' as "outcome!", written.id::text as "id!", 1::bigint as "version!", :status::holdfast.status as "status!",
  :strategy::holdfast.strategy as "strategy!", :definitionName::text as "definition_name?",
  written.definition_version as "definition_version?", null::text as "parent_id?", null::text as "parent_task_id?",
  :idempotencyKey::text as "idempotency_key?",
  :labels::jsonb as "labels!", '{}'::jsonb as "usage!", written.created_at as "created_at!", written.created_at as "updated_at!",
  written.started_at as "started_at?", null::timestamptz as "finished_at?", null::json as "input?", null::json as "state?",
  null::json as "output?", null::json as "error?"
from written
union all
select case when known.fingerprint = :fingerprint or known.fingerprint = any(string_to_array(:otherFingerprints?::text, ' '))
    then 'replayed' else 'mismatch' end,
  known.id, known.version, known.status, known.strategy, known.definition_name, known.definition_version, known.parent_id,
  known.parent_task_id, known.idempotency_key, known.labels, known.usage, known.created_at, known.updated_at, known.started_at, known.finished_at,
  known.input, known.state, known.output, known.error
from holdfast.executions as known
where known.idempotency_key = :idempotencyKey and (known.idempotent_until is null or known.idempotent_until > holdfast.now())
