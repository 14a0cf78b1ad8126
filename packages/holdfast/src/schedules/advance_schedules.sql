-- Moves schedules on after their ticks were handled in this transaction, which has locked them. Sets the next tick, the counters, and the
-- jobs that the overlap policy must consider. The token moves on, so repeating the call changes nothing.
-- Index: schedules_pkey. Locks: only schedules, which are locked already.
-- :exec
with input as (
  select given.id, given.next_at, given.last_tick_at, given.missed_from, given.missed_to, given.pushed, given.skipped
  from unnest((select :ids::text[]), :nextAt?::timestamptz[], :lastTickAt?::timestamptz[], :missedFrom?::timestamptz[],
    :missedTo?::timestamptz[], :pushed::bigint[], :skipped::bigint[])
    as given(id, next_at, last_tick_at, missed_from, missed_to, pushed, skipped)
  limit cardinality(:ids::text[])
)
update holdfast.schedules as stored set
  status = case
    when input.next_at is not null then 'active'
    when stored.status = 'active' then 'ended'
    else stored.status
  end::holdfast.schedule_status,
  next_at = input.next_at,
  available_at = input.next_at,
  token = nextval('holdfast.tokens'),
  last_tick_at = coalesce(input.last_tick_at, stored.last_tick_at),
  missed_from = coalesce(input.missed_from, stored.missed_from),
  missed_to = coalesce(input.missed_to, stored.missed_to),
  pushed_count = stored.pushed_count + input.pushed,
  skipped_count = stored.skipped_count + input.skipped,
  job_ids = array(
    select given.job_id
    from unnest((select :trackedSchedules::text[]), :trackedJobs::text[]) with ordinality as given(schedule_id, job_id, position)
    where given.schedule_id = stored.id
    order by given.position
  )
from input
where stored.id = input.id
