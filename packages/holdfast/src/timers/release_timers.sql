-- Gives claimed timers back, due at once or, where a delay is given, that long from now; answers in input order whether the
-- claim held, and else what is there now.
-- Each row is locked by a sub-select of its own: so the plan is one look-up a row, also where it was made while there were few timers.
-- Index: timers_pkey. Locks: timers in id order.
-- :many
with input as (
  select given.id, given.token, given.after_ms, given.position
  from unnest((select :ids::text[]), :tokens::bigint[], :afterMs?::bigint[]) with ordinality as given(id, token, after_ms, position)
), locked as materialized (
  select stored.id, stored.state, stored.token, stored.holder, stored.lease_until, stored.fired_at, input.after_ms,
    stored.state = 'claimed' and holdfast.holds(stored.token, stored.lease_until, input.token) as is_held
  from (select given.id, given.token, given.after_ms from input as given order by given.id collate "C") as input
  cross join lateral (
    select timer.id, timer.state, timer.token, timer.holder, timer.lease_until, timer.fired_at
    from holdfast.timers as timer
    where timer.id = input.id
    for no key update
  ) as stored
), released as (
  update holdfast.timers as stored set
    state = 'scheduled', holder = null, lease_until = null,
    fire_at = case when locked.after_ms is null then stored.fire_at else holdfast.after_ms(locked.after_ms) end
  from locked
  where stored.id = any(array(select locked.id::text from locked where locked.is_held)) and locked.id = stored.id
  returning stored.id
)
select released.id is not null as "ok!", locked.state as "state?", locked.token as "token?", locked.holder as "holder?",
  locked.lease_until as "lease_until?", locked.fired_at as "fired_at?"
from input
left join locked on locked.id = input.id
left join released on released.id = input.id
order by input.position
