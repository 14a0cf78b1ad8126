-- Removes component states and answers, in input order, whether each was there.
-- Index: component_states_pkey. Locks: component_states in key order.
-- :many
with input as (
  select given.execution_id, given.component, given.position
  from unnest((select :executionIds::text[]), :components::text[]) with ordinality as given(execution_id, component, position)
), locked as materialized (
  select stored.execution_id, stored.component
  from input
  join holdfast.component_states as stored
    on stored.execution_id = input.execution_id and stored.component = input.component
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
