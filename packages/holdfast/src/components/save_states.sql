-- Writes the states of components, one a row of input, and answers in input order. A new row has version 1; a write adds one.
-- Where a version is expected (0: no row yet) and another is found, fails with HF001 and writes nothing.
-- Index: component_states_pkey. Locks: component_states in key order.
-- :many
with input as (
  select given.execution_id, given.component, given.state, given.expected, given.position
  from unnest(:executionIds::text[], :components::text[], :states::json[], :expected?::bigint[])
    with ordinality as given(execution_id, component, state, expected, position)
), current as materialized (
  select stored.execution_id, stored.component, stored.version
  from input
  join holdfast.component_states as stored
    on stored.execution_id = input.execution_id and stored.component = input.component
  where input.expected is not null
  order by stored.execution_id, stored.component
  for no key update of stored
), checked as materialized (
  select input.execution_id, input.component, input.state, input.position
  from input
  left join current on current.execution_id = input.execution_id and current.component = input.component
  where case
    when input.expected is not null and input.expected <> coalesce(current.version, 0) then
      holdfast.fail('HF001', format('component %s of execution %s is not at the expected version', input.component,
        input.execution_id), json_build_object('entity', 'component', 'execution', input.execution_id, 'component', input.component,
        'expected', input.expected, 'actual', coalesce(current.version, 0)))
    else true
  end
  order by input.execution_id, input.component
), written as (
  insert into holdfast.component_states as stored (execution_id, component, version, created_at, updated_at, state)
  select checked.execution_id, checked.component, 1, holdfast.now(), holdfast.now(), checked.state
  from checked
  on conflict (execution_id, component) do update set
    version = stored.version + 1, updated_at = excluded.updated_at, state = excluded.state
  returning stored.execution_id, stored.component, stored.version, stored.created_at, stored.updated_at
)
select written.version as "version!", written.created_at as "created_at!", written.updated_at as "updated_at!"
from written
join checked on checked.execution_id = written.execution_id and checked.component = written.component
order by checked.position
