-- Marks claimed timers as fired. Answers in input order whether the claim held, and otherwise the stored state. A timer that the same
-- claim has fired before counts as held, so a call whose answer was lost can be repeated. Settled claims were checked and locked by an
-- earlier statement of the transaction. They hold to its end, even if their leases expire meanwhile. Each row is locked by its own
-- sub-select, so the plan is one look-up per row, even from when there were few timers.
-- Index: timers_pkey. Locks: timers in id order.
-- :many
with locked as materialized (
  select input.id, input.position, timer.status, timer.token, timer.holder, timer.lease_until, timer.fired_at,
    coalesce(timer.status = 'claimed' and case
      when :isSettled::boolean then timer.token = input.token
      else holdfast.holds(timer.token, timer.lease_until, input.token)
    end, false) as is_held,
    coalesce(timer.status = 'fired' and timer.token = input.token, false) as is_done
  from (
    select given.id, given.token, given.position
    from unnest((select :ids::text[]), :tokens::bigint[]) with ordinality as given(id, token, position)
    order by given.id collate "C"
  ) as input
  left join lateral (
    select timer.status, timer.token, timer.holder, timer.lease_until, timer.fired_at
    from holdfast.timers as timer
    where timer.id = input.id
    for no key update
  ) as timer on true
), fired as (
  update holdfast.timers as stored set status = 'fired', fired_at = holdfast.now(), lease_until = null
  from (
    select locked.id
    from locked
    where locked.is_held
    limit holdfast.at_most(cardinality(:ids::text[]))
  ) as held
  where stored.id = held.id
)
select locked.is_held or locked.is_done as "ok!", locked.status as "status?", locked.token as "token?", locked.holder as "holder?",
  locked.lease_until as "lease_until?", locked.fired_at as "fired_at?"
from locked
order by locked.position
