-- Removes the waits of executions, or of the named steps. Returns in input order how many each had.
-- Index: waits_execution_id_step_key_key, waits_pkey. Locks: waits in key and sequence order.
-- :many
with input as (
  select given.execution_id, given.step, given.position
  from unnest((select :executionIds::text[]), :steps?::text[]) with ordinality as given(execution_id, step, position)
), locked as materialized (
  select stored.id, stored.execution_id
  from input
  join holdfast.waits as stored on stored.execution_id = input.execution_id and (input.step is null or stored.step = input.step)
  order by stored.key, stored.sequence
  for update of stored
), removed as (
  delete from holdfast.waits as stored
  where stored.id = any(array(select locked.id::text from locked))
)
select (select count(*) from locked where locked.execution_id = input.execution_id) as "canceled!"
from input
order by input.position
