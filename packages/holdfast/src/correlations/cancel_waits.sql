-- Removes waits. Returns in input order whether each existed; if so, nothing will be delivered to it any more. Fails with HF006 if an
-- execution is given and the wait belongs to another.
-- Index: waits_pkey. Locks: waits in key and sequence order.
-- :many
with input as (
  select given.id, given.execution_id, given.position
  from unnest((select :ids::text[]), :executionIds?::text[]) with ordinality as given(id, execution_id, position)
), locked as materialized (
  select stored.id, stored.execution_id
  from input
  join holdfast.waits as stored on stored.id = input.id
  order by stored.key, stored.sequence
  for update of stored
), removed as (
  delete from holdfast.waits as stored
  where stored.id = any(array(select locked.id::text from locked))
)
select locked.id is not null as "canceled!"
from input
left join locked on locked.id = input.id
where holdfast.is_within(input.execution_id, locked.execution_id, 'wait', input.id, 'cancelWaits')
order by input.position
