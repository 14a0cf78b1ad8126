-- Marks one claimed timer as fired, as `acknowledge_timers` does, where the claim holds: a lone caller's takes half the time in
-- this form. Else there is no row, and nothing is changed.
-- What must hold is in a CASE, so that the timer is looked up by its id alone, also where the plan was made while there were few.
-- Index: timers_pkey. Locks: the timer.
-- :maybe
update holdfast.timers as stored set status = 'fired', fired_at = holdfast.now(), lease_until = null
where stored.id = :id::text
  and case when stored.status = 'claimed' then holdfast.holds(stored.token, stored.lease_until, :token::bigint) else false end
returning stored.id as "id!"
