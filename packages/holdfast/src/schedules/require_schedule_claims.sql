-- Locks claimed schedules. Fails with HF002 if a claim does not hold: another process has claimed the schedule since, or it was changed
-- or removed. Each row is locked by its own sub-select, so the plan is one look-up per row, even from when there were few schedules.
-- Index: schedules_pkey. Locks: schedules in id order.
-- :many
with input as (
  select given.id, given.token
  from unnest((select :ids::text[]), :tokens::bigint[]) as given(id, token)
), locked as materialized (
  select claimed.id, claimed.token, claimed.available_at
  from (select input.id from input order by input.id collate "C") as wanted
  cross join lateral (
    select schedule.id, schedule.token, schedule.available_at
    from holdfast.schedules as schedule
    where schedule.id = wanted.id
    for no key update
  ) as claimed
)
select locked.id as "id?"
from input
left join locked on locked.id = input.id
where case
  when coalesce(holdfast.holds(locked.token, locked.available_at, input.token), false) then true
  else holdfast.fail('HF002', format('the claim of schedule %s was lost', input.id),
    json_build_object('entity', 'schedule', 'id', input.id, 'token', input.token))
end
