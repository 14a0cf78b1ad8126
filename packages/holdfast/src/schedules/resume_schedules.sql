-- Ends the pause of schedules, which lock_schedules has locked and found paused, with their next ticks.
-- Index: schedules_pkey. Locks: only schedules, which are locked already.
-- :exec
update holdfast.schedules as stored set
  status = case when input.next_at is null then 'ended' else 'active' end::holdfast.schedule_status,
  paused_at = null, updated_at = holdfast.now(), next_at = input.next_at, available_at = input.next_at,
  token = nextval('holdfast.tokens'), version = stored.version + 1
from (
  select given.id, given.next_at
  from unnest((select :ids::text[]), :nextAt?::timestamptz[]) as given(id, next_at)
  limit cardinality(:ids::text[])
) as input
where stored.id = input.id
