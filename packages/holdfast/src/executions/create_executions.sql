-- Creates executions, and answers in input order. If the idempotency key is known, returns its execution and creates nothing. Executions
-- with a queue are put there. Fails with HF003 if the definition is retired, with HF004 if it or the parent does not exist, and with
-- HF007 if the id exists. A parent may come earlier in the input, as `hasParents` says, so parents never form a cycle. Runs under the
-- advisory locks of the idempotency keys.
-- Index: executions_pkey, executions_idempotency, definitions_pkey, definitions_active. Locks: definitions and then parents, shared, in
-- key order; then its new rows, which are inserted in id order. They are created in input order.
-- :many
with input as materialized (
  select given.id, given.definition_name, given.asked_version, given.parent_id, given.parent_task_id, given.has_parent, given.status, given.strategy,
    given.idempotency_key, given.fingerprint, given.other_fingerprints, given.idempotency_ms, given.queue, given.priority, given.route,
    given.group_key, given.max_attempts, given.run_at, given.labels, given.input, given.state, given.keeps_states, given.trace_context,
    given.position,
    nextval('holdfast.executions_sequence_seq') as sequence,
    case
      when given.idempotency_key is not null then (select stored.id from holdfast.execution_of_key(given.idempotency_key) as stored)
    end as known_id
  from unnest((select :ids::text[]), :definitionNames?::text[], :definitionVersions?::text[], :parentIds?::text[],
      :parentTaskIds?::text[], :hasParents::boolean[], :statuses::holdfast.status[], :strategies::holdfast.strategy[], :idempotencyKeys?::text[],
      :fingerprints?::text[], :otherFingerprints?::text[], :idempotencyMs?::bigint[], :queues?::text[], :priorities?::integer[],
      :routes?::text[], :groups?::text[], :maxAttempts?::integer[], :runAts?::timestamptz[], :labels::jsonb[], :inputs?::json[],
      :states?::json[], :keptStates?::integer[], :traceContexts?::text[])
    with ordinality as given(id, definition_name, asked_version, parent_id, parent_task_id, has_parent, status, strategy,
      idempotency_key, fingerprint, other_fingerprints, idempotency_ms, queue, priority, route, group_key, max_attempts, run_at, labels, input, state,
      keeps_states, trace_context, position)
), pinned as materialized (
  -- Before the executions: their foreign key would lock the definitions after them.
  select named.name, named.asked, holdfast.pin_definition(named.name, named.asked) as version
  from (
    select distinct input.definition_name collate "C" as name, input.asked_version as asked
    from input where input.known_id is null and input.definition_name is not null
    order by 1, 2
  ) as named
), above as materialized (
  select holdfast.hold_parent(named.id, named.child)
  from (
    select input.parent_id collate "C" as id, min(input.id) as child
    from input
    where input.known_id is null and input.parent_id is not null and not input.has_parent and (select count(*) from pinned) >= 0
    group by 1
    order by 1
  ) as named
), written as materialized (
  insert into holdfast.executions as stored (id, sequence, version, status, strategy, definition_name, definition_version, parent_id,
    parent_task_id, idempotency_key, fingerprint, idempotent_until, queue, priority, route, group_key, max_attempts, created_at, updated_at, started_at,
    labels, input, state, keeps_states, trace_context) overriding system value
  select input.id, input.sequence, 1, input.status, input.strategy, input.definition_name, pinned.version, input.parent_id,
    input.parent_task_id, input.idempotency_key, input.fingerprint, holdfast.now() + input.idempotency_ms * interval '1 millisecond', input.queue,
    input.priority, input.route, input.group_key, input.max_attempts, holdfast.now(), holdfast.now(),
    holdfast.started_at(null, input.status), input.labels, input.input, input.state, nullif(input.keeps_states, 0), input.trace_context
  from input
  left join pinned on pinned.name = input.definition_name and pinned.asked = input.asked_version
  where input.known_id is null and (select count(*) from above) >= 0
  order by input.id collate "C"
  on conflict do nothing
  returning stored.id, stored as whole
), queued as materialized (
  select holdfast.enqueue_new(array_agg(input.id order by input.position), array_agg(input.run_at order by input.position))
  from input
  join written on written.id = input.id
  where input.queue is not null
  having count(*) > 0
), answer as (
  select input.position, input.id as asked_id, input.fingerprint, input.other_fingerprints, written.id is not null as is_new,
    coalesce(written.whole, (select stored from holdfast.execution_of_key(input.idempotency_key) as stored)) as whole
  from input
  -- Every written row has its input. A full join is never a nested loop, which the planner would choose if it expected few rows.
  full join written on written.id = input.id
  where (select count(*) from queued) >= 0
)
select holdfast.creation_outcome(answer.is_new, answer.asked_id, answer.whole, answer.fingerprint, answer.other_fingerprints) as "outcome!",
  (answer.whole).id::text as "id!", (answer.whole).version as "version!", (answer.whole).status as "status!",
  (answer.whole).strategy as "strategy!", (answer.whole).definition_name::text as "definition_name?",
  (answer.whole).definition_version as "definition_version?", (answer.whole).parent_id::text as "parent_id?",
  (answer.whole).parent_task_id::text as "parent_task_id?", (answer.whole).idempotency_key::text as "idempotency_key?", (answer.whole).labels as "labels!", (answer.whole).usage as "usage!",
  (answer.whole).created_at as "created_at!", (answer.whole).updated_at as "updated_at!", (answer.whole).started_at as "started_at?",
  (answer.whole).finished_at as "finished_at?",
  case when not answer.is_new then (answer.whole).input end as "input?", case when not answer.is_new then (answer.whole).state end as "state?",
  case when not answer.is_new then (answer.whole).output end as "output?",
  case when not answer.is_new then (answer.whole).error end as "error?"
from answer
order by answer.position
