-- Writes whole executions, and answers in input order: status, state, output, error and labels are replaced; input, strategy and
-- definition where they are given. A new row has version 1; a write adds one. Fails with HF002 where a token does not hold the
-- lease, HF001 where a version is expected (0: no row yet) and another is found, HF004 without the definition or the parent,
-- HF006 where the parent is another than the stored one, and HF003 for a status that cannot follow the stored one.
-- Index: executions_pkey, definitions_pkey, definitions_active. Locks: executions in id order.
-- :many
with input as (
  select given.id, given.token, given.expected, given.status, given.strategy, given.definition_name, given.definition_version,
    given.parent_id, given.labels, given.input, given.state, given.output, given.error, given.position
  from unnest(:ids::text[], :tokens?::bigint[], :expected?::bigint[], :statuses::holdfast.status[], :strategies?::holdfast.strategy[],
      :definitionNames?::text[], :definitionVersions?::text[], :parentIds?::text[], :labels::jsonb[], :inputs?::json[],
      :states?::json[], :outputs?::json[], :errors?::json[])
    with ordinality as given(id, token, expected, status, strategy, definition_name, definition_version, parent_id, labels, input,
      state, output, error, position)
), current as materialized (
  select stored.id, stored.version, stored.token, stored.lease_until, stored.parent_id, stored.strategy
  from input
  join holdfast.executions as stored on stored.id = input.id
  order by stored.id
  for no key update of stored
), resolved as materialized (
  select input.id, input.position,
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
), checked as materialized (
  select input.id, input.expected, input.status, coalesce(input.strategy, current.strategy, 'wait_all') as strategy,
    input.definition_name, resolved.definition_version, coalesce(input.parent_id, current.parent_id) as parent_id, input.labels,
    input.input, input.state, input.output, input.error, input.position
  from input
  join resolved on resolved.position = input.position
  left join current on current.id = input.id
  where case
    when input.token is not null and holdfast.holds(current.token, current.lease_until, input.token) is not true then
      holdfast.fail('HF002', format('the lease of execution %s is no longer held: stop its work', input.id),
        json_build_object('entity', 'execution', 'id', input.id, 'token', input.token))
    when input.expected <> coalesce(current.version, 0) then
      holdfast.fail('HF001', format('execution %s is not at the expected version: read it again', input.id),
        json_build_object('entity', 'execution', 'id', input.id, 'expected', input.expected, 'actual', coalesce(current.version, 0)))
    when input.definition_name is not null and resolved.definition_version is null then
      holdfast.fail('HF004', format('definition %s has no %s: publish it first, or save the execution without it',
        input.definition_name, case when input.definition_version in ('active', 'latest') then input.definition_version || ' version'
        else 'version ' || input.definition_version end),
        json_build_object('entity', 'definition', 'field', 'definition', 'name', input.definition_name,
        'version', input.definition_version))
    when current.id is not null and input.parent_id is distinct from current.parent_id and input.parent_id is not null then
      holdfast.fail('HF006', format('execution %s has another parent, which never changes: leave parentId out', input.id),
        json_build_object('entity', 'execution', 'field', 'parentId', 'id', input.id))
    when current.id is null and input.parent_id is not null
      and not exists (select from holdfast.executions as parent where parent.id = input.parent_id)
      and not exists (select from input as parent where parent.id = input.parent_id and parent.position < input.position)
    then
      holdfast.fail('HF004', format('execution %s, the parent of %s, does not exist: create it first', input.parent_id, input.id),
        json_build_object('entity', 'execution', 'field', 'parentId', 'id', input.parent_id))
    else true
  end
  order by input.id
), written as (
  insert into holdfast.executions as stored (id, version, status, strategy, definition_name, definition_version, parent_id,
    created_at, updated_at, started_at, finished_at, labels, input, state, output, error)
  select checked.id, 1, checked.status, checked.strategy, checked.definition_name, checked.definition_version, checked.parent_id,
    holdfast.now(), holdfast.now(), holdfast.started_at(null, checked.status), holdfast.finished_at(null, checked.status),
    checked.labels, checked.input, checked.state, checked.output, checked.error
  from checked
  on conflict (id) do update set
    version = stored.version + 1, status = excluded.status, strategy = excluded.strategy,
    definition_name = coalesce(excluded.definition_name, stored.definition_name),
    definition_version = coalesce(excluded.definition_version, stored.definition_version),
    updated_at = excluded.updated_at, started_at = holdfast.started_at(stored.started_at, excluded.status),
    finished_at = holdfast.finished_at(stored.finished_at, excluded.status), labels = excluded.labels,
    input = coalesce(excluded.input, stored.input), state = excluded.state, output = excluded.output, error = excluded.error
  returning stored.id, stored.version, stored.status, stored.strategy, stored.definition_name, stored.definition_version,
    stored.parent_id, stored.idempotency_key, stored.labels, stored.usage, stored.created_at, stored.updated_at, stored.started_at,
    stored.finished_at
)
select written.id as "id!", written.version as "version!", written.status as "status!", written.strategy as "strategy!",
  written.definition_name as "definition_name?", written.definition_version as "definition_version?",
  written.parent_id as "parent_id?", written.idempotency_key as "idempotency_key?", written.labels as "labels!",
  written.usage as "usage!", written.created_at as "created_at!", written.updated_at as "updated_at!",
  written.started_at as "started_at?", written.finished_at as "finished_at?"
from checked
join written on written.id = checked.id
where case
  -- Another transaction created the row after this statement began, so that it could not be locked above.
  when written.version <> checked.expected + 1 then
    holdfast.fail('HF001', format('execution %s is not at the expected version: read it again', checked.id),
      json_build_object('entity', 'execution', 'id', checked.id, 'expected', checked.expected, 'actual', written.version - 1))
  else true
end
order by checked.position
