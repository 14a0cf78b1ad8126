-- Extends the leases of claimed timers, and answers in input order whether each claim still holds.
-- Each row is locked by a sub-select of its own: so the plan is one look-up a row, also where it was made while there were few timers.
-- Index: timers_pkey. Locks: timers in id order.
-- :many
with input as (
  select given.id, given.token, given.position
  from unnest((select :ids::text[]), :tokens::bigint[]) with ordinality as given(id, token, position)
), locked as materialized (
  select stored.id
  from (select given.id, given.token from input as given order by given.id collate "C") as input
  cross join lateral (
    select timer.id
    from holdfast.timers as timer
    where timer.id = input.id and timer.state = 'claimed' and holdfast.holds(timer.token, timer.lease_until, input.token)
    for no key update
  ) as stored
), extended as (
  update holdfast.timers as stored set lease_until = holdfast.now() + :leaseMs::bigint * interval '1 millisecond'
  where stored.id = any(array(select locked.id::text from locked))
  returning stored.id
)
select extended.id is not null as "is_held!"
from input
left join extended on extended.id = input.id
order by input.position
