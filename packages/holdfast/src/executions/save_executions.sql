-- Writes executions, and answers in input order. What is not given keeps what is stored; a new row gets the defaults, and
-- version 1; a write adds one. Fails with HF002 where a token does not hold the lease, HF001 where a version is expected (0: no
-- row yet) and another is found, HF004 without the definition or the parent, HF006 where the parent is another than the stored
-- one, and HF003 for a status that cannot follow the stored one.
-- `hasParents` tells of which rows the parent comes earlier in the input.
-- Rows are locked and inserted by one command, for which of them exist may change until it comes to them. It compares with the row
-- as it is once it is locked. The sub-selects of what each input gives are hashed.
-- Index: executions_pkey, leases_pkey, definitions_pkey, definitions_active. Locks: definitions, shared, in key order; then executions
-- in id order, in which new rows are inserted and parents locked too, these shared. The order of creation is that of the input.
-- :many
with input as materialized (
  select given.id collate "C" as id, given.token, given.expected, given.status, given.strategy, given.definition_name,
    given.definition_version, given.parent_id, given.has_parent, given.labels, given.input, given.state, given.output, given.error,
    given.position, nextval('holdfast.executions_sequence_seq') as sequence
  from unnest((select :ids::text[]), :tokens?::bigint[], :expected?::bigint[], :statuses?::holdfast.status[], :strategies?::holdfast.strategy[],
      :definitionNames?::text[], :definitionVersions?::text[], :parentIds?::text[], :hasParents::boolean[], :labels?::jsonb[],
      :inputs?::json[], :states?::json[], :outputs?::json[], :errors?::json[])
    with ordinality as given(id, token, expected, status, strategy, definition_name, definition_version, parent_id, has_parent, labels,
      input, state, output, error, position)
), resolved as materialized (
  select input.id, input.sequence, input.status, input.strategy, input.definition_name, input.definition_version as asked_version,
    input.parent_id, input.has_parent, input.labels, input.input, input.state, input.output, input.error,
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
), pinned as materialized (
  -- Before the executions, whose foreign key would ask for them after those.
  select definition.version
  from (
    select distinct resolved.definition_name collate "C" as name, resolved.definition_version as version
    from resolved
    where resolved.definition_version is not null
    order by 1, 2
  ) as named
  cross join lateral (
    select stored.version
    from holdfast.definitions as stored
    where stored.name = named.name and stored.version = named.version
    for key share
  ) as definition
), checked as materialized (
  select resolved.id, resolved.sequence, resolved.status, resolved.strategy, resolved.definition_name, resolved.definition_version,
    resolved.parent_id, resolved.labels, resolved.input, resolved.state, resolved.output, resolved.error
  from resolved
  where case
    when resolved.definition_name is not null and resolved.definition_version is null then
      holdfast.fail('HF004', format('definition %s has no %s: publish it first, or save the execution without it',
        resolved.definition_name, case when resolved.asked_version in ('active', 'latest') then resolved.asked_version || ' version'
        else 'version ' || resolved.asked_version end),
        json_build_object('entity', 'definition', 'field', 'definition', 'name', resolved.definition_name,
        'version', resolved.asked_version))
    when resolved.parent_id is not null and not resolved.has_parent
      and (select parent.id from holdfast.executions as parent where parent.id = resolved.parent_id) is null
      and (select present.id from holdfast.executions as present where present.id = resolved.id) is null
    then
      holdfast.fail('HF004', format('execution %s, the parent of %s, does not exist: create it first', resolved.parent_id, resolved.id),
        json_build_object('entity', 'execution', 'field', 'parentId', 'id', resolved.parent_id))
    else true
  end
), step as (
  select checked.id, checked.sequence, checked.status, checked.strategy, checked.definition_name, checked.definition_version,
    checked.parent_id, checked.labels, checked.input, checked.state, checked.output, checked.error, null as parent
  from checked
  where (select count(*) from pinned) >= 0
  union all
  select above.id, null, null, null, null, null, null, null, null, null, null, null, above.id
  from (select distinct checked.parent_id collate "C" as id from checked where checked.parent_id is not null) as above
), written as (
  insert into holdfast.executions as stored (id, sequence, version, status, strategy, definition_name, definition_version, parent_id,
    created_at, updated_at, started_at, finished_at, labels, input, state, output, error) overriding system value
  select step.id, step.sequence, 1, coalesce(step.status, 'pending'), coalesce(step.strategy, 'wait_all'),
    step.definition_name, step.definition_version, step.parent_id, holdfast.now(), holdfast.now(),
    holdfast.started_at(null, step.status), holdfast.finished_at(null, step.status), coalesce(step.labels, '{}'),
    step.input, step.state, step.output, step.error
  from (select each.id, each.sequence, each.status, each.strategy, each.definition_name, each.definition_version, each.parent_id,
      each.labels, each.input, each.state, each.output, each.error, each.parent
    from step as each order by each.id) as step
  left join lateral (
    select execution.id from holdfast.executions as execution where execution.id = step.parent for key share
  ) as above on true
  -- One that ends waits for who adds to it before it is locked as the others are: else each could wait for the other.
  left join lateral (
    select execution.id
    from holdfast.executions as execution
    where execution.id = step.id and holdfast.is_terminal(step.status)
    for update
  ) as ending on true
  -- Of a parent nothing is inserted: no id is empty. It is said of the join, so that the parent is locked before that.
  where case when step.parent is null then true else above.id = '' end
  order by step.id
  on conflict (id) do update set
    version = stored.version + 1,
    status = case when excluded.id in (select input.id from input where input.status is not null) then excluded.status else stored.status end,
    strategy = case
      when excluded.id in (select input.id from input where input.strategy is not null) then excluded.strategy
      else stored.strategy
    end,
    definition_name = coalesce(excluded.definition_name, stored.definition_name),
    definition_version = coalesce(excluded.definition_version, stored.definition_version),
    updated_at = excluded.updated_at, started_at = coalesce(stored.started_at, excluded.started_at),
    finished_at = coalesce(stored.finished_at, excluded.finished_at),
    labels = case when excluded.id in (select input.id from input where input.labels is not null) then excluded.labels else stored.labels end,
    input = coalesce(excluded.input, stored.input), state = coalesce(excluded.state, stored.state),
    output = coalesce(excluded.output, stored.output), error = coalesce(excluded.error, stored.error)
  where case
    when excluded.id in (select input.id from input where input.token is not null)
      and not holdfast.hold_lease(stored.id, (select input.token from input where input.id = stored.id))
    then false
    when excluded.id in (select input.id from input where input.expected is not null)
      and (stored.id, stored.version) not in (select input.id, input.expected from input where input.expected is not null)
    then
      holdfast.fail('HF001', format('execution %s is not at the expected version: read it again', stored.id),
        json_build_object('entity', 'execution', 'id', stored.id,
          'expected', (select input.expected from input where input.id = stored.id), 'actual', stored.version))
    when excluded.parent_id <> coalesce(stored.parent_id, '') then
      holdfast.fail('HF006', format('execution %s has another parent, which never changes: leave parentId out', stored.id),
        json_build_object('entity', 'execution', 'field', 'parentId', 'id', stored.id))
    else true
  end
  returning stored.id, stored.version, stored.status, stored.strategy, stored.definition_name, stored.definition_version,
    stored.parent_id, stored.idempotency_key, stored.labels, stored.usage, stored.created_at, stored.updated_at, stored.started_at,
    stored.finished_at
)
select written.id as "id!", written.version as "version!", written.status as "status!", written.strategy as "strategy!",
  written.definition_name as "definition_name?", written.definition_version as "definition_version?",
  written.parent_id as "parent_id?", written.idempotency_key as "idempotency_key?", written.labels as "labels!",
  written.usage as "usage!", written.created_at as "created_at!", written.updated_at as "updated_at!",
  written.started_at as "started_at?", written.finished_at as "finished_at?"
from input
-- All of them match. A full join is never a nested loop, which the expectation of few rows would make of another.
full join written on written.id = input.id
where case
  -- A new row is under no lease, and at no version that somebody can have read.
  when written.version = 1 and input.token is not null then
    holdfast.fail('HF002', format('the lease of execution %s is no longer held: stop its work', input.id),
      json_build_object('entity', 'execution', 'id', input.id, 'token', input.token))
  when written.version = 1 and input.expected > 0 then
    holdfast.fail('HF001', format('execution %s is not at the expected version: read it again', input.id),
      json_build_object('entity', 'execution', 'id', input.id, 'expected', input.expected, 'actual', 0))
  else true
end
order by input.position
