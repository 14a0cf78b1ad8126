-- Prolongs leases from now on, and answers, in input order, whether each was still held.
-- Index: executions_pkey. Locks: executions in id order.
-- :many
with input as (
  select given.id, given.token, given.lease_ms, given.position
  from unnest(:ids::text[], :tokens::bigint[], :leaseMs::bigint[]) with ordinality as given(id, token, lease_ms, position)
), current as materialized (
  select stored.id, input.lease_ms
  from input
  join holdfast.executions as stored on stored.id = input.id
  where holdfast.holds(stored.token, stored.lease_until, input.token)
  order by stored.id
  for no key update of stored
), renewed as (
  update holdfast.executions as stored set lease_until = holdfast.now() + current.lease_ms * interval '1 millisecond'
  from current
  where stored.id = current.id
  returning stored.id
)
select renewed.id is not null as "is_held!"
from input
left join renewed on renewed.id = input.id
order by input.position
