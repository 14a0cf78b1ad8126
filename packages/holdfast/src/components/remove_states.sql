-- Removes component states, and returns in input order whether each existed. Fails with HF003 if the execution has ended.
-- Index: component_states_pkey, executions_pkey. Locks: the executions, shared, then component_states, both in key order.
-- :many
with input as materialized (
  select given.execution_id, given.component, given.position
  from unnest((select :executionIds::text[]), :components::text[]) with ordinality as given(execution_id, component, position)
), owner as materialized (
  select execution.id, execution.status
  from (select distinct input.execution_id collate "C" as id from input order by 1) as named
  cross join lateral (
    select stored.id, stored.status from holdfast.executions as stored where stored.id = named.id for key share
  ) as execution
), locked as materialized (
  select stored.execution_id, stored.component
  from input
  join holdfast.component_states as stored
    on stored.execution_id = input.execution_id and stored.component = input.component
  where (select count(*) from owner where holdfast.is_open(owner.id, owner.status)) >= 0
  order by stored.execution_id, stored.component
  for update of stored
), removed as (
  delete from holdfast.component_states as stored
  using locked
  where stored.execution_id = locked.execution_id and stored.component = locked.component
  returning stored.execution_id, stored.component
)
select removed.component is not null as "removed!"
from input
left join removed on removed.execution_id = input.execution_id and removed.component = input.component
order by input.position
