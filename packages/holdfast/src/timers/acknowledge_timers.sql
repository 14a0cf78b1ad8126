-- Marks claimed timers as fired, and answers in input order: whether the claim held, and else what is there now. A timer that
-- the same claim has fired before counts as held, so that a call whose answer was lost can be made again.
-- Claims that are settled were found to hold by an earlier statement of the transaction, which has locked them since: they hold to
-- its end, though their leases may run out meanwhile.
-- Each row is locked by a sub-select of its own: so the plan is one look-up a row, also where it was made while there were few timers.
-- Index: timers_pkey. Locks: timers in id order.
-- :many
with input as (
  select given.id, given.token, given.position
  from unnest((select :ids::text[]), :tokens::bigint[]) with ordinality as given(id, token, position)
), locked as materialized (
  select stored.id, stored.state, stored.token, stored.holder, stored.lease_until, stored.fired_at,
    stored.state = 'claimed' and case
      when :isSettled::boolean then stored.token = input.token
      else holdfast.holds(stored.token, stored.lease_until, input.token)
    end as is_held,
    stored.state = 'fired' and stored.token = input.token as is_done
  from (select given.id, given.token from input as given order by given.id collate "C") as input
  cross join lateral (
    select timer.id, timer.state, timer.token, timer.holder, timer.lease_until, timer.fired_at
    from holdfast.timers as timer
    where timer.id = input.id
    for no key update
  ) as stored
), fired as (
  update holdfast.timers as stored set state = 'fired', fired_at = holdfast.now(), lease_until = null
  where stored.id = any(array(select locked.id::text from locked where locked.is_held))
  returning stored.id
)
select coalesce(fired.id is not null or locked.is_done, false) as "ok!", locked.state as "state?", locked.token as "token?",
  locked.holder as "holder?", locked.lease_until as "lease_until?", locked.fired_at as "fired_at?"
from input
left join locked on locked.id = input.id
left join fired on fired.id = input.id
order by input.position
