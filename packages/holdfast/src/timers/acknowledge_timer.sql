-- Marks one claimed timer as fired, as `acknowledge_timers` does, if the claim holds. Takes half the time for a lone caller. Otherwise it
-- returns no row and changes nothing. The conditions are in a CASE, so that the timer is looked up by its id alone, even in a plan from
-- when there were few.
-- Index: timers_pkey. Locks: the timer.
-- :maybe
update holdfast.timers as stored set status = 'fired', fired_at = holdfast.now(), lease_until = null
where stored.id = :id::text
  and case when stored.status = 'claimed' then holdfast.holds(stored.token, stored.lease_until, :token::bigint) else false end
returning stored.id as "id!"
