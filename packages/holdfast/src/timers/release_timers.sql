-- Gives claimed timers back, due at once or after a given delay. Answers in input order with the due time, or with the stored state if
-- the claim did not hold. Each row is locked by its own sub-select, so the plan is one look-up per row, even from when there were few
-- timers.
-- Index: timers_pkey. Locks: timers in id order.
-- :many
with locked as materialized (
  select input.id, input.after_ms, input.position, timer.status, timer.token, timer.holder, timer.lease_until, timer.fired_at,
    coalesce(timer.status = 'claimed' and holdfast.holds(timer.token, timer.lease_until, input.token), false) as is_held
  from (
    select given.id, given.token, given.after_ms, given.position
    from unnest((select :ids::text[]), :tokens::bigint[], :afterMs?::bigint[])
      with ordinality as given(id, token, after_ms, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select timer.status, timer.token, timer.holder, timer.lease_until, timer.fired_at
    from holdfast.timers as timer
    where timer.id = input.id
    for no key update
  ) as timer on true
), released as (
  update holdfast.timers as stored set
    status = 'scheduled', holder = null, lease_until = null,
    fire_at = case when held.after_ms is null then stored.fire_at else holdfast.after_ms(held.after_ms) end
  from (
    select locked.id, locked.after_ms
    from locked
    where locked.is_held
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as held
  where stored.id = held.id
  returning stored.id, stored.fire_at
)
select locked.is_held as "ok!", locked.status as "status?", locked.token as "token?", locked.holder as "holder?",
  locked.lease_until as "lease_until?", locked.fired_at as "fired_at?", released.fire_at as "fire_at?"
from locked
left join released on released.id = locked.id
order by locked.position
