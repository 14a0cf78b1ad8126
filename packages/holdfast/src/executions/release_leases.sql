-- Gives leases back, and answers, in input order, whether each was still held. The token is stale from then on.
-- Index: executions_pkey. Locks: executions in id order.
-- :many
with input as (
  select given.id, given.token, given.position
  from unnest(:ids::text[], :tokens::bigint[]) with ordinality as given(id, token, position)
), current as materialized (
  select stored.id
  from input
  join holdfast.executions as stored on stored.id = input.id
  where holdfast.holds(stored.token, stored.lease_until, input.token)
  order by stored.id
  for no key update of stored
), released as (
  update holdfast.executions as stored set holder = null, lease_until = null
  from current
  where stored.id = current.id
  returning stored.id
)
select released.id is not null as "is_released!"
from input
left join released on released.id = input.id
order by input.position
