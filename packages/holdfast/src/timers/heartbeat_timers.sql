-- Renews the leases of claimed timers from now on. Returns their new ends in input order; null if a claim no longer holds. Each row is
-- locked by its own sub-select, so the plan is one look-up per row, even from when there were few timers.
-- Index: timers_pkey. Locks: timers in id order.
-- :many
with locked as materialized (
  select input.id, input.position, timer.id is not null as is_held
  from (
    select given.id, given.token, given.position
    from unnest((select :ids::text[]), :tokens::bigint[]) with ordinality as given(id, token, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select timer.id
    from holdfast.timers as timer
    where timer.id = input.id and timer.status = 'claimed' and holdfast.holds(timer.token, timer.lease_until, input.token)
    for no key update
  ) as timer on true
), extended as (
  update holdfast.timers as stored set lease_until = holdfast.now() + :leaseMs::bigint * interval '1 millisecond'
  from (
    select locked.id
    from locked
    where locked.is_held
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as held
  where stored.id = held.id
)
select case when locked.is_held then holdfast.now() + :leaseMs::bigint * interval '1 millisecond' end as "lease_until?"
from locked
order by locked.position
