-- Locks claimed schedules, and fails with HF002 where a claim does not hold: another process has claimed the schedule since, or it
-- was changed or removed.
-- Index: schedules_pkey. Locks: schedules in id order.
-- :many
with input as (
  select given.id, given.token
  from unnest((select :ids::text[]), :tokens::bigint[]) as given(id, token)
), locked as materialized (
  select stored.id, stored.token, stored.available_at
  from input
  join holdfast.schedules as stored on stored.id = input.id
  order by stored.id
  for no key update of stored
)
select locked.id as "id?"
from input
left join locked on locked.id = input.id
where case
  when coalesce(holdfast.holds(locked.token, locked.available_at, input.token), false) then true
  else holdfast.fail('HF002', format('the claim of schedule %s was lost', input.id),
    json_build_object('entity', 'schedule', 'id', input.id, 'token', input.token))
end
