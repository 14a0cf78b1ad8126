-- Writes executions, and answers in input order. What is not given keeps what is stored; a new row gets the defaults, and
-- version 1; a write adds one. Fails with HF002 where a token does not hold the lease, HF001 where a version is expected (0: no
-- row yet) and another is found, HF004 without the definition or the parent, HF006 where the parent is another than the stored
-- one, and HF003 for a status that cannot follow the stored one.
-- `hasParents` tells of which rows the parent comes earlier in the input.
-- Index: executions_pkey, definitions_pkey, definitions_active. Locks: executions in id order; new rows are inserted
-- in input order, which is their order of creation.
-- :many
with input as (
  select given.id, given.token, given.expected, given.status, given.strategy, given.definition_name, given.definition_version,
    given.parent_id, given.has_parent, given.labels, given.input, given.state, given.output, given.error, given.position
  from unnest((select :ids::text[]), :tokens?::bigint[], :expected?::bigint[], :statuses?::holdfast.status[], :strategies?::holdfast.strategy[],
      :definitionNames?::text[], :definitionVersions?::text[], :parentIds?::text[], :hasParents::boolean[], :labels?::jsonb[],
      :inputs?::json[], :states?::json[], :outputs?::json[], :errors?::json[])
    with ordinality as given(id, token, expected, status, strategy, definition_name, definition_version, parent_id, has_parent, labels,
      input, state, output, error, position)
  order by given.id collate "C"
), current as materialized (
  select input.id, input.token, input.expected, input.status, input.strategy, input.definition_name,
    input.definition_version as asked_version, input.parent_id, input.has_parent, input.labels, input.input,
    input.state, input.output, input.error, input.position, stored.version, stored.row_token, stored.lease_until,
    stored.row_parent_id, stored.row_status, stored.row_strategy, stored.row_labels,
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
  -- One that ends waits for who adds to it before it is locked as the others are: else each could wait for the other.
  left join lateral (
    select execution.id
    from holdfast.executions as execution
    where execution.id = input.id and holdfast.is_terminal(input.status)
    for update
  ) as ending on true
  left join lateral (
    select execution.version, execution.token as row_token, execution.lease_until, execution.parent_id as row_parent_id,
      execution.status as row_status, execution.strategy as row_strategy, execution.labels as row_labels
    from holdfast.executions as execution
    where execution.id = input.id
    for no key update
  ) as stored on true
), checked as materialized (
  select current.id, current.expected, current.version, coalesce(current.status, current.row_status, 'pending') as status,
    coalesce(current.strategy, current.row_strategy, 'wait_all') as strategy, current.definition_name, current.definition_version,
    coalesce(current.parent_id, current.row_parent_id) as parent_id, coalesce(current.labels, current.row_labels, '{}') as labels,
    current.input, current.state, current.output, current.error, current.position
  from current
  where case
    when current.token is not null and holdfast.holds(current.row_token, current.lease_until, current.token) is not true then
      holdfast.fail('HF002', format('the lease of execution %s is no longer held: stop its work', current.id),
        json_build_object('entity', 'execution', 'id', current.id, 'token', current.token))
    when current.expected <> coalesce(current.version, 0) then
      holdfast.fail('HF001', format('execution %s is not at the expected version: read it again', current.id),
        json_build_object('entity', 'execution', 'id', current.id, 'expected', current.expected, 'actual', coalesce(current.version, 0)))
    when current.definition_name is not null and current.definition_version is null then
      holdfast.fail('HF004', format('definition %s has no %s: publish it first, or save the execution without it',
        current.definition_name, case when current.asked_version in ('active', 'latest') then current.asked_version || ' version'
        else 'version ' || current.asked_version end),
        json_build_object('entity', 'definition', 'field', 'definition', 'name', current.definition_name,
        'version', current.asked_version))
    when current.version is not null and current.parent_id is distinct from current.row_parent_id and current.parent_id is not null then
      holdfast.fail('HF006', format('execution %s has another parent, which never changes: leave parentId out', current.id),
        json_build_object('entity', 'execution', 'field', 'parentId', 'id', current.id))
    when current.version is null and current.parent_id is not null and not current.has_parent
      and (select parent.id from holdfast.executions as parent where parent.id = current.parent_id) is null
    then
      holdfast.fail('HF004', format('execution %s, the parent of %s, does not exist: create it first', current.parent_id, current.id),
        json_build_object('entity', 'execution', 'field', 'parentId', 'id', current.parent_id))
    else true
  end
  order by current.position
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
    input = coalesce(excluded.input, stored.input), state = coalesce(excluded.state, stored.state),
    output = coalesce(excluded.output, stored.output), error = coalesce(excluded.error, stored.error)
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
-- All of them match. A full join is never a nested loop, which the expectation of few rows would make of another.
full join written on written.id = checked.id
where case
  -- Another transaction created the row after this statement began, so that it could not be locked and read above.
  when written.version <> checked.expected + 1 then
    holdfast.fail('HF001', format('execution %s is not at the expected version: read it again', checked.id),
      json_build_object('entity', 'execution', 'id', checked.id, 'expected', checked.expected, 'actual', written.version - 1))
  when checked.version is null and written.version > 1 then
    holdfast.fail('40001', format('execution %s was created at the same time', checked.id), '{}')
  else true
end
order by checked.position
