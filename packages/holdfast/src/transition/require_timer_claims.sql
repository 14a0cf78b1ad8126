-- Holds claims of timers for the rest of the transaction. Fails with HF002 unless every given claim still holds, and with HF006 if a
-- timer belongs to another execution than given. Each row is locked by its own sub-select, so the plan is one look-up per row, even from
-- when there were few timers.
-- Index: timers_pkey. Locks: timers in id order.
-- :many
with input as (
  select given.id, given.token, given.execution_id
  from unnest((select :ids::text[]), :tokens::bigint[], :executionIds::text[]) as given(id, token, execution_id)
), locked as materialized (
  select claimed.id, claimed.token, claimed.lease_until, claimed.execution_id
  from (select input.id from input order by input.id collate "C") as wanted
  cross join lateral (
    select timer.id, timer.token, timer.lease_until, timer.execution_id
    from holdfast.timers as timer
    where timer.id = wanted.id
    for no key update
  ) as claimed
)
select input.id as "id!"
from input
left join locked on locked.id = input.id
where case
  when not holdfast.is_within(input.execution_id, locked.execution_id, 'timer', input.id, 'acknowledge') then false
  when holdfast.holds(locked.token, locked.lease_until, input.token) then true
  else holdfast.fail('HF002', format('the claim of timer %s does not hold any more', input.id),
    json_build_object('entity', 'timer', 'id', input.id, 'token', input.token))
end
