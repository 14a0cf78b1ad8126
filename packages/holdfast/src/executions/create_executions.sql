-- Creates executions, and answers in input order. Where the idempotency key is known, answers with the execution that has it,
-- and creates nothing. Fails with HF004 where the definition or the parent does not exist (a parent may also come earlier in
-- the input, which is why parents never form a cycle), and with HF007 where the id does.
-- Runs under the advisory locks of the idempotency keys.
-- Index: executions_pkey, executions_idempotency, definitions_pkey, definitions_active. Locks: executions in id order.
-- :many
with input as (
  select given.id, given.definition_name, given.definition_version, given.parent_id, given.status, given.strategy,
    given.idempotency_key, given.fingerprint, given.labels, given.input, given.state, given.position
  from unnest(:ids::text[], :definitionNames?::text[], :definitionVersions?::text[], :parentIds?::text[],
      :statuses::holdfast.status[], :strategies::holdfast.strategy[], :idempotencyKeys?::text[], :fingerprints?::text[],
      :labels::jsonb[], :inputs?::json[], :states?::json[])
    with ordinality as given(id, definition_name, definition_version, parent_id, status, strategy, idempotency_key, fingerprint,
      labels, input, state, position)
), known as materialized (
  select input.position, input.fingerprint = stored.fingerprint as is_same, stored.id, stored.version, stored.status, stored.strategy,
    stored.definition_name, stored.definition_version, stored.parent_id, stored.labels, stored.usage, stored.created_at,
    stored.updated_at, stored.started_at, stored.finished_at, stored.input, stored.state, stored.output, stored.error
  from input
  join holdfast.executions as stored on stored.idempotency_key = input.idempotency_key
), resolved as materialized (
  select input.id, input.definition_name, input.definition_version as asked_version, input.parent_id, input.status, input.strategy,
    input.idempotency_key, input.fingerprint, input.labels, input.input, input.state, input.position,
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
  where not exists (select from known where known.position = input.position)
), checked as materialized (
  select resolved.id, resolved.definition_name, resolved.definition_version, resolved.parent_id, resolved.status, resolved.strategy,
    resolved.idempotency_key, resolved.fingerprint, resolved.labels, resolved.input, resolved.state
  from resolved
  where case
    when resolved.definition_name is not null and resolved.definition_version is null then
      holdfast.fail('HF004', format('definition %s has no %s: publish it first, or create the execution without it',
        resolved.definition_name, case when resolved.asked_version in ('active', 'latest') then resolved.asked_version || ' version'
        else 'version ' || resolved.asked_version end),
        json_build_object('entity', 'definition', 'field', 'definition', 'name', resolved.definition_name,
        'version', resolved.asked_version))
    when resolved.parent_id is not null
      and not exists (select from holdfast.executions as parent where parent.id = resolved.parent_id)
      and not exists (select from input as parent where parent.id = resolved.parent_id and parent.position < resolved.position)
    then
      holdfast.fail('HF004', format('execution %s, the parent of %s, does not exist: create it first', resolved.parent_id, resolved.id),
        json_build_object('entity', 'execution', 'field', 'parentId', 'id', resolved.parent_id))
    when exists (select from holdfast.executions as taken where taken.id = resolved.id) then
      holdfast.fail('HF007', format('execution %s exists: choose another id, or create it with an idempotency key', resolved.id),
        json_build_object('entity', 'execution', 'id', resolved.id))
    else true
  end
  order by resolved.id
), written as (
  insert into holdfast.executions as stored (id, version, status, strategy, definition_name, definition_version, parent_id,
    idempotency_key, fingerprint, created_at, updated_at, started_at, labels, input, state)
  select checked.id, 1, checked.status, checked.strategy, checked.definition_name, checked.definition_version, checked.parent_id,
    checked.idempotency_key, checked.fingerprint, holdfast.now(), holdfast.now(), holdfast.started_at(null, checked.status),
    checked.labels, checked.input, checked.state
  from checked
  on conflict do nothing
  returning stored.id, stored.version, stored.definition_version, stored.usage, stored.created_at, stored.updated_at,
    stored.started_at
)
select
  case when known.position is null then 'created' when known.is_same then 'replayed' else 'mismatch' end as "outcome!",
  coalesce(known.id, input.id) as "id!", coalesce(known.version, written.version) as "version!",
  coalesce(known.status, input.status) as "status!", coalesce(known.strategy, input.strategy) as "strategy!",
  case when known.position is null then input.definition_name else known.definition_name end as "definition_name?",
  coalesce(known.definition_version, written.definition_version) as "definition_version?",
  case when known.position is null then input.parent_id else known.parent_id end as "parent_id?",
  input.idempotency_key as "idempotency_key?", coalesce(known.labels, input.labels) as "labels!",
  coalesce(known.usage, written.usage) as "usage!", coalesce(known.created_at, written.created_at) as "created_at!",
  coalesce(known.updated_at, written.updated_at) as "updated_at!", coalesce(known.started_at, written.started_at) as "started_at?",
  known.finished_at as "finished_at?", known.input as "input?", known.state as "state?", known.output as "output?",
  known.error as "error?"
from input
left join known on known.position = input.position
left join written on written.id = input.id and known.position is null
where case
  -- Another transaction created it after this statement began.
  when known.position is null and written.id is null then
    holdfast.fail('HF007', format('execution %s exists: choose another id, or create it with an idempotency key', input.id),
      json_build_object('entity', 'execution', 'id', input.id))
  else true
end
order by input.position
