-- Writes the states of components, one per input row, and answers in input order. A new row has version 1; each write adds one. Fails
-- with HF003 if the execution has ended. At another version than expected (0: no row yet), fails with HF001 and writes nothing. The
-- version is compared after the write, whose lock has decided who came first.
-- Index: component_states_pkey, executions_pkey. Locks: the executions, shared, then component_states, both in key order.
-- :many
with input as materialized (
  select given.execution_id, given.component, given.state, given.expected, given.position
  from unnest((select :executionIds::text[]), :components::text[], :states::json[], :expected?::bigint[])
    with ordinality as given(execution_id, component, state, expected, position)
), owner as materialized (
  -- Before the states: a session that locked the execution and saves would wait for us, and we for it.
  select execution.id, execution.status
  from (select distinct input.execution_id collate "C" as id from input order by 1) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
), written as (
  insert into holdfast.component_states as stored (execution_id, component, version, created_at, updated_at, state)
  select input.execution_id, input.component, 1, holdfast.now(), holdfast.now(), input.state
  from input
  where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
  order by input.execution_id collate "C", input.component collate "C"
  on conflict (execution_id, component) do update set
    version = stored.version + 1, updated_at = excluded.updated_at, state = excluded.state
  returning stored.execution_id, stored.component, stored.version, stored.created_at, stored.updated_at
)
select written.version as "version!", written.created_at as "created_at!", written.updated_at as "updated_at!"
from input
join written on written.execution_id = input.execution_id and written.component = input.component
where case
  when written.version <> input.expected + 1 then
    holdfast.fail('HF001', format('component %s of execution %s is not at the expected version', input.component,
      input.execution_id), json_build_object('entity', 'component', 'executionId', input.execution_id, 'component', input.component,
      'expected', input.expected, 'actual', written.version - 1))
  else true
end
order by input.position
