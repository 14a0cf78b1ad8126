-- Creates executions, and answers in input order. Where the idempotency key is known, answers with the execution that has it,
-- and creates nothing. Fails with HF003 where the definition is retired, with HF004 where it or the parent does not exist (a parent may also come earlier in
-- the input, as `hasParents` tells, which is why parents never form a cycle), and with HF007 where the id does.
-- Runs under the advisory locks of the idempotency keys.
-- Index: executions_pkey, executions_idempotency, definitions_pkey, definitions_active. Locks: definitions and
-- then parents, shared, in key order; then its new rows, which are inserted in id order. Their order of creation is that of the input.
-- :many
with input as materialized (
  select given.id, given.definition_name, given.definition_version, given.parent_id, given.has_parent, given.status,
    given.strategy, given.idempotency_key, given.fingerprint, given.other_fingerprints, given.labels, given.input, given.state,
    given.position, nextval('holdfast.executions_sequence_seq') as sequence
  from unnest((select :ids::text[]), :definitionNames?::text[], :definitionVersions?::text[], :parentIds?::text[],
      :hasParents::boolean[], :statuses::holdfast.status[], :strategies::holdfast.strategy[], :idempotencyKeys?::text[],
      :fingerprints?::text[], :otherFingerprints?::text[], :labels::jsonb[], :inputs?::json[], :states?::json[])
    with ordinality as given(id, definition_name, definition_version, parent_id, has_parent, status, strategy, idempotency_key,
      fingerprint, other_fingerprints, labels, input, state, position)
), resolved as materialized (
  select input.id, input.definition_name, input.definition_version as asked_version, input.parent_id, input.has_parent, input.status,
    input.strategy, input.idempotency_key, input.fingerprint, input.other_fingerprints, input.labels, input.input,
    input.state, input.position, input.sequence, known.id as known_id, known.fingerprint as known_fingerprint, known.version as known_version,
    known.status as known_status, known.strategy as known_strategy, known.definition_name as known_definition_name,
    known.definition_version as known_definition_version, known.parent_id as known_parent_id, known.labels as known_labels,
    known.usage as known_usage, known.created_at as known_created_at, known.updated_at as known_updated_at,
    known.started_at as known_started_at, known.finished_at as known_finished_at, known.input as known_input,
    known.state as known_state, known.output as known_output, known.error as known_error,
    case
      when input.definition_version = 'active' then (
        select definition.version from holdfast.definitions as definition
        where definition.name = input.definition_name and definition.status = 'active'
      )
      when input.definition_version = 'latest' then (
        select max(definition.version) from holdfast.definitions as definition where definition.name = input.definition_name
      )
      else (
        select definition.version from holdfast.definitions as definition
        where definition.name = input.definition_name and definition.version = input.definition_version::integer
      )
    end as definition_version
  from input
  -- The limit keeps this a look-up by index for each row, also in a plan that was made when the table was empty.
  left join lateral (
    select stored.id, stored.fingerprint, stored.version, stored.status, stored.strategy, stored.definition_name,
      stored.definition_version, stored.parent_id, stored.labels, stored.usage, stored.created_at, stored.updated_at,
      stored.started_at, stored.finished_at, stored.input, stored.state, stored.output, stored.error
    from holdfast.executions as stored
    where stored.idempotency_key = input.idempotency_key
    limit 1
  ) as known on true
), pinned as materialized (
  -- Before the executions, whose foreign key would ask for them after those.
  select definition.version
  from (
    select distinct resolved.definition_name collate "C" as name, resolved.definition_version as version
    from resolved
    where resolved.known_id is null and resolved.definition_version is not null
    order by 1, 2
  ) as named
  cross join lateral (
    select stored.version
    from holdfast.definitions as stored
    where stored.name = named.name and stored.version = named.version
    for key share
  ) as definition
), above as materialized (
  select execution.id
  from (
    select distinct resolved.parent_id collate "C" as id
    from resolved
    where resolved.known_id is null and resolved.parent_id is not null and (select count(*) from pinned) >= 0
    order by 1
  ) as named
  cross join lateral (
    select stored.id from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
), checked as (
  select resolved.id, resolved.sequence, resolved.definition_name, resolved.definition_version, resolved.parent_id, resolved.status, resolved.strategy,
    resolved.idempotency_key, resolved.fingerprint, resolved.labels, resolved.input, resolved.state
  from resolved
  where case
    when resolved.known_id is not null then false
    when resolved.definition_name is not null and resolved.definition_version is null then
      holdfast.fail('HF004', format('definition %s has no %s: publish it first, or create the execution without it',
        resolved.definition_name, case when resolved.asked_version in ('active', 'latest') then resolved.asked_version || ' version'
        else 'version ' || resolved.asked_version end),
        json_build_object('entity', 'definition', 'field', 'definition', 'name', resolved.definition_name,
        'version', resolved.asked_version))
    when resolved.definition_name is not null and (
      select definition.status
      from holdfast.definitions as definition
      where definition.name = resolved.definition_name and definition.version = resolved.definition_version
    ) = 'retired' then
      holdfast.fail('HF003', format('version %s of definition %s is retired: start another version, or activate it again',
        resolved.definition_version, resolved.definition_name),
        json_build_object('entity', 'definition', 'field', 'definition', 'name', resolved.definition_name,
        'version', resolved.definition_version, 'status', 'retired'))
    when resolved.parent_id is not null and not resolved.has_parent
      and (select parent.id from holdfast.executions as parent where parent.id = resolved.parent_id) is null
    then
      holdfast.fail('HF004', format('execution %s, the parent of %s, does not exist: create it first', resolved.parent_id, resolved.id),
        json_build_object('entity', 'execution', 'field', 'parentId', 'id', resolved.parent_id))
    when (select taken.id from holdfast.executions as taken where taken.id = resolved.id) is not null then
      holdfast.fail('HF007', format('execution %s exists: choose another id, or create it with an idempotency key', resolved.id),
        json_build_object('entity', 'execution', 'id', resolved.id))
    else true
  end
), written as (
  insert into holdfast.executions as stored (id, sequence, version, status, strategy, definition_name, definition_version, parent_id,
    idempotency_key, fingerprint, created_at, updated_at, started_at, labels, input, state) overriding system value
  select checked.id, checked.sequence, 1, checked.status, checked.strategy, checked.definition_name, checked.definition_version, checked.parent_id,
    checked.idempotency_key, checked.fingerprint, holdfast.now(), holdfast.now(), holdfast.started_at(null, checked.status),
    checked.labels, checked.input, checked.state
  from checked
  where (select count(*) from above) >= 0
  order by checked.id collate "C"
  on conflict do nothing
  returning stored.id, stored.version, stored.definition_version, stored.usage, stored.created_at, stored.updated_at,
    stored.started_at
)
select
  case
    when resolved.known_id is null then 'created'
    when resolved.known_fingerprint = resolved.fingerprint
      or resolved.known_fingerprint = any(string_to_array(resolved.other_fingerprints, ' ')) then 'replayed'
    else 'mismatch'
  end as "outcome!",
  coalesce(resolved.known_id, resolved.id) as "id!", coalesce(resolved.known_version, written.version) as "version!",
  coalesce(resolved.known_status, resolved.status) as "status!", coalesce(resolved.known_strategy, resolved.strategy) as "strategy!",
  case when resolved.known_id is null then resolved.definition_name else resolved.known_definition_name end as "definition_name?",
  coalesce(resolved.known_definition_version, written.definition_version) as "definition_version?",
  case when resolved.known_id is null then resolved.parent_id else resolved.known_parent_id end as "parent_id?",
  resolved.idempotency_key as "idempotency_key?", coalesce(resolved.known_labels, resolved.labels) as "labels!",
  coalesce(resolved.known_usage, written.usage) as "usage!", coalesce(resolved.known_created_at, written.created_at) as "created_at!",
  coalesce(resolved.known_updated_at, written.updated_at) as "updated_at!",
  coalesce(resolved.known_started_at, written.started_at) as "started_at?", resolved.known_finished_at as "finished_at?",
  resolved.known_input as "input?", resolved.known_state as "state?", resolved.known_output as "output?",
  resolved.known_error as "error?"
from resolved
-- What was written is among them. A full join is never a nested loop, which the expectation of few rows would make of another.
full join written on written.id = resolved.id
where case
  -- Another transaction created it after this statement began.
  when resolved.known_id is null and written.id is null then
    holdfast.fail('HF007', format('execution %s exists: choose another id, or create it with an idempotency key', resolved.id),
      json_build_object('entity', 'execution', 'id', resolved.id))
  else true
end
order by resolved.position
