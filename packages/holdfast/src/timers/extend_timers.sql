-- Extends the leases of claimed timers, and answers in input order whether each claim still holds.
-- Index: timers_pkey. Locks: timers in id order.
-- :many
with input as (
  select given.id, given.token, given.position
  from unnest((select :ids::text[]), :tokens::bigint[]) with ordinality as given(id, token, position)
), locked as materialized (
  select stored.id
  from input
  join holdfast.timers as stored on stored.id = input.id
  where stored.state = 'claimed' and holdfast.holds(stored.token, stored.lease_until, input.token)
  order by stored.id
  for no key update of stored
), extended as (
  update holdfast.timers as stored set lease_until = holdfast.now() + :leaseMs::bigint * interval '1 millisecond'
  where stored.id = any(array(select locked.id::text from locked))
  returning stored.id
)
select extended.id is not null as "is_held!"
from input
left join extended on extended.id = input.id
order by input.position
