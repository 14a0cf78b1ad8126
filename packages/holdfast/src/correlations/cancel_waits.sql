-- Removes waits, and answers in input order whether each was there, and so will now never be delivered to. Fails with HF006 where an
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
where case
  when locked.execution_id <> input.execution_id then
    holdfast.fail('HF006', format('wait %s belongs to another execution than %s', input.id, input.execution_id),
      json_build_object('field', 'cancelWaits', 'entity', 'wait', 'id', input.id))
  else true
end
order by input.position
